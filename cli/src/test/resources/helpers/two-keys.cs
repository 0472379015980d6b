static string Read(string stored, string phrase, bool hashed)
{
    byte[] keyBytes;
    if (hashed)
    {
        keyBytes = new MD5CryptoServiceProvider().ComputeHash(UTF8Encoding.UTF8.GetBytes(phrase));
    }
    else
        keyBytes = UTF8Encoding.UTF8.GetBytes(phrase);
    var triple = new TripleDESCryptoServiceProvider { Key = keyBytes, Mode = CipherMode.ECB };
    byte[] data = Convert.FromBase64String(stored);
    return UTF8Encoding.UTF8.GetString(triple.CreateDecryptor().TransformFinalBlock(data, 0, data.Length));
}
