static byte[] secret = ASCIIEncoding.ASCII.GetBytes("CANARY99");

static string Decrypt(string stored)
{
    var des = new DESCryptoServiceProvider();
    var source = new MemoryStream(Convert.FromBase64String(stored));
    var stream = new CryptoStream(source, des.CreateDecryptor(secret, secret), CryptoStreamMode.Read);
    return new StreamReader(stream).ReadToEnd();
}
