static string Decrypt(byte[] data, byte[] pass)
{
    var derived = new Rfc2898DeriveBytes(pass, Encoding.ASCII.GetBytes("S@LT&KEY"), 1000);
    var d = Aes.Create().CreateDecryptor(derived.GetBytes(32), derived.GetBytes(16));
    return Encoding.UTF8.GetString(d.TransformFinalBlock(data, 0, data.Length));
}
