static byte[] Decrypt(byte[] data, byte[] Key, byte[] IV)
{
    var target = new MemoryStream();
    Rijndael cipher = Rijndael.Create();
    cipher.Key = Key;
    cipher.IV = IV;
    var stream = new CryptoStream(target, cipher.CreateDecryptor(), CryptoStreamMode.Write);
    stream.Write(data, 0, data.Length);
    stream.Close();
    return target.ToArray();
}

static string Decrypt(string stored, string phrase)
{
    var derived = new PasswordDeriveBytes(phrase,
        new byte[] { 0x49, 0x76, 0x61, 0x6e, 0x20, 0x4d });
    byte[] plain = Decrypt(Convert.FromBase64String(stored), derived.GetBytes(32), derived.GetBytes(16));
    return System.Text.Encoding.Unicode.GetString(plain);
}
