public static class Vault
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    public static string Decrypt(string stored, string passphrase)
    {
        byte[] data = Convert.FromBase64String(stored);
        byte[] nonce = data.AsSpan(0, NonceSize).ToArray();
        byte[] tag = data.AsSpan(NonceSize, TagSize).ToArray();
        byte[] cipher = data.AsSpan(NonceSize + TagSize).ToArray();
        byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes(passphrase));
        byte[] plain = new byte[cipher.Length];
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(nonce, cipher, tag, plain);
        return Encoding.UTF8.GetString(plain);
    }
}
