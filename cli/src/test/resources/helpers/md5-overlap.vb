Function Unlock(ByVal stored As String, ByVal phrase As String) As String
    Dim algorithm As New System.Security.Cryptography.RijndaelManaged
    Dim hasher As New System.Security.Cryptography.MD5CryptoServiceProvider
    Dim whole(31) As Byte
    Dim half As Byte() = hasher.ComputeHash(System.Text.ASCIIEncoding.ASCII.GetBytes(phrase))
    Array.Copy(half, 0, whole, 0, 16)
    Array.Copy(half, 0, whole, 15, 16)
    algorithm.Key = whole
    algorithm.Mode = System.Security.Cryptography.CipherMode.ECB
    Dim data As Byte() = Convert.FromBase64String(stored)
    Dim plain As Byte() = algorithm.CreateDecryptor.TransformFinalBlock(data, 0, data.Length)
    Return System.Text.ASCIIEncoding.ASCII.GetString(plain)
End Function
