public static string DecryptWithKey(string message, byte[] key)
{
    byte[] encrypted = Convert.FromBase64String(message);
    using (var cipherStream = new MemoryStream(encrypted))
    using (var cipherReader = new BinaryReader(cipherStream))
    {
        var nonce = cipherReader.ReadBytes(12);
        var cipher = new GcmBlockCipher(new AesEngine());
        var parameters = new AeadParameters(new KeyParameter(key), 128, nonce);
        cipher.Init(false, parameters);
        var cipherText = cipherReader.ReadBytes(encrypted.Length - nonce.Length);
        var plainText = new byte[cipher.GetOutputSize(cipherText.Length)];
        var len = cipher.ProcessBytes(cipherText, 0, cipherText.Length, plainText, 0);
        cipher.DoFinal(plainText, len);
        return Encoding.UTF8.GetString(plainText);
    }
}
