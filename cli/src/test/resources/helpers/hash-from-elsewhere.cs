static string Decrypt(string stored, string phrase, string digest)
{
    var derived = new PasswordDeriveBytes(phrase, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, digest, 2);
    var symmetric = new RijndaelManaged();
    var d = symmetric.CreateDecryptor(derived.GetBytes(32), new byte[16]);
    byte[] data = Convert.FromBase64String(stored);
    return Encoding.UTF8.GetString(d.TransformFinalBlock(data, 0, data.Length));
}
