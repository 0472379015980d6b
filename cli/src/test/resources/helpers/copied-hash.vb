Function Decrypt(ByVal stored As String, ByVal phrase As String) As String
    Dim hasher As New SHA1Managed()
    Dim digest As Byte() = hasher.ComputeHash(Encoding.Unicode.GetBytes(phrase))
    Dim keyBytes(15) As Byte
    Array.Copy(digest, keyBytes, 16)
    Dim cipher As New RijndaelManaged()
    cipher.Key = keyBytes
    cipher.IV = New Byte(15) {}
    Dim data As Byte() = Convert.FromBase64String(stored)
    Dim source As New MemoryStream(data)
    Dim stream As New CryptoStream(source, cipher.CreateDecryptor(), CryptoStreamMode.Read)
    Dim reader As New StreamReader(stream, Encoding.Unicode)
    Return reader.ReadToEnd()
End Function
