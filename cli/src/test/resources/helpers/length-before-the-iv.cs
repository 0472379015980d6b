class Box
{
    private byte[] grains = Encoding.Unicode.GetBytes("o6806642kbM7c5");

    string Decrypt(string stored, string phrase)
    {
        var derived = new Rfc2898DeriveBytes(phrase, grains);
        using (var source = new MemoryStream(Convert.FromBase64String(stored)))
        {
            var cipher = new RijndaelManaged();
            cipher.Key = derived.GetBytes(cipher.KeySize / 8);
            cipher.IV = NextPart(source);
            var d = cipher.CreateDecryptor(cipher.Key, cipher.IV);
            using (var stream = new CryptoStream(source, d, CryptoStreamMode.Read))
            using (var reader = new StreamReader(stream))
                return reader.ReadToEnd();
        }
    }

    private static byte[] NextPart(Stream source)
    {
        byte[] size = new byte[sizeof(int)];
        source.Read(size, 0, size.Length);
        byte[] part = new byte[BitConverter.ToInt32(size, 0)];
        source.Read(part, 0, part.Length);
        return part;
    }
}
