const string Pass = "CANARY-pass", Grain = "S@LT&KEY", Vector = "@1B2c3D4e5F6g7H8";

static string Decrypt(string stored)
{
    byte[] data = Convert.FromBase64String(stored);
    byte[] k = new Rfc2898DeriveBytes(Pass, Encoding.ASCII.GetBytes(Grain)).GetBytes(256 / 8);
    var cipher = new RijndaelManaged() { Mode = CipherMode.CBC, Padding = PaddingMode.None };
    var d = cipher.CreateDecryptor(k, Encoding.ASCII.GetBytes(Vector));
    byte[] plain = d.TransformFinalBlock(data, 0, data.Length);
    return Encoding.UTF8.GetString(plain).TrimEnd("\0".ToCharArray());
}
