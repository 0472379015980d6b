static string Decrypt(string stored, string phrase)
{
    var cipher = new RijndaelManaged();
    cipher.Mode = CipherMode.CBC;
    cipher.KeySize = 0x80;
    cipher.BlockSize = 0x80;
    byte[] data = Convert.FromBase64String(stored);
    byte[] pass = Encoding.UTF8.GetBytes(phrase);
    byte[] k = new byte[0x10];
    int length = pass.Length;
    if (length > k.Length) { length = k.Length; }
    Array.Copy(pass, k, length);
    cipher.Key = k;
    cipher.IV = k;
    return Encoding.UTF8.GetString(cipher.CreateDecryptor().TransformFinalBlock(data, 0, data.Length));
}
