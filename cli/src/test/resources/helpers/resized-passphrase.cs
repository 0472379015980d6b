private static byte[] KeyOf(string phrase)
{
    var k = Encoding.UTF8.GetBytes(phrase);
    Array.Resize(ref k, 32);
    return k;
}

static string Decrypt(string stored, string phrase)
{
    var data = Convert.FromBase64String(stored);
    using var aes = Aes.Create();
    aes.Key = KeyOf(phrase);
    aes.IV = data[..16];
    using var d = aes.CreateDecryptor();
    return Encoding.UTF8.GetString(d.TransformFinalBlock(data, 16, data.Length - 16));
}
