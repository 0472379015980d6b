Public Function Decrypt(ByVal stored As String, ByVal pass As String) As String
    Dim all As Byte() = Convert.FromBase64String(stored)
    Dim salt(15) As Byte
    Dim nonce(11) As Byte
    Dim tag(15) As Byte
    Buffer.BlockCopy(all, 0, salt, 0, 16)
    Buffer.BlockCopy(all, 16, nonce, 0, 12)
    Buffer.BlockCopy(all, all.Length - 16, tag, 0, 16)
    Dim cipherText(all.Length - 45) As Byte
    Buffer.BlockCopy(all, 28, cipherText, 0, cipherText.Length)
    Dim kdf As New Rfc2898DeriveBytes(pass, salt, 100000, HashAlgorithmName.SHA256)
    Dim plain(cipherText.Length - 1) As Byte
    Using gcm As New AesGcm(kdf.GetBytes(32))
        gcm.Decrypt(nonce, cipherText, tag, plain)
    End Using
    Return Encoding.UTF8.GetString(plain)
End Function
