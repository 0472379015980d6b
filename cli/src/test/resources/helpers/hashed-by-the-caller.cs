static string OpenText(string stored, string phrase)
{
    byte[] data = Convert.FromBase64String(stored);
    byte[] pass = Encoding.UTF8.GetBytes(phrase);
    pass = SHA256.Create().ComputeHash(pass);
    return Encoding.UTF8.GetString(OpenBytes(data, pass));
}

static byte[] OpenBytes(byte[] data, byte[] pass)
{
    byte[] grains = new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 };
    using (var target = new MemoryStream())
    using (var cipher = new RijndaelManaged())
    {
        cipher.KeySize = 256;
        cipher.BlockSize = 128;
        var derived = new Rfc2898DeriveBytes(pass, grains, 1000);
        cipher.Key = derived.GetBytes(cipher.KeySize / 8);
        cipher.IV = derived.GetBytes(cipher.BlockSize / 8);
        using (var stream = new CryptoStream(target, cipher.CreateDecryptor(), CryptoStreamMode.Write))
        {
            stream.Write(data, 0, data.Length);
        }
        return target.ToArray();
    }
}
