class Vault
{
    internal static string Open(string stored, string phrase, string grain, string digest, int rounds, string vector, int bits)
    {
        byte[] start = Encoding.ASCII.GetBytes(vector);
        byte[] grains = Encoding.ASCII.GetBytes(grain);
        var derived = new PasswordDeriveBytes(phrase, grains, digest, rounds);
        byte[] k = derived.GetBytes(bits / 8);
        var symmetric = new RijndaelManaged();
        symmetric.Mode = CipherMode.CBC;
        var source = new MemoryStream(Convert.FromBase64String(stored));
        var stream = new CryptoStream(source, symmetric.CreateDecryptor(k, start), CryptoStreamMode.Read);
        byte[] plain = new byte[source.Length];
        int count = stream.Read(plain, 0, plain.Length);
        return Encoding.UTF8.GetString(plain, 0, count);
    }
}
class Customer
{
    private const string Grain = "s@1tValue", Digest = "MD5";
    private const string Vector = "@1B2c3D4e5F6g7H8";
    private static string phrase = "CANARY-phrase";
    private static int rounds = 3;
    string Pin(string stored) { return Vault.Open(stored, phrase, Grain, Digest, rounds, Vector, 192); }
}
