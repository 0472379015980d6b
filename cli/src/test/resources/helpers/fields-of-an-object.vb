Public Class Safe
    Private key() As Byte = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24}
    Private iv() As Byte = {65, 110, 68, 26, 69, 178, 200, 219}

    Public Function Decrypt(ByVal stored As String) As String
        Dim text As UTF8Encoding = New UTF8Encoding()
        Dim triple As TripleDESCryptoServiceProvider = New TripleDESCryptoServiceProvider()
        Dim data As Byte() = Convert.FromBase64String(stored)
        Dim d As ICryptoTransform = triple.CreateDecryptor(Me.key, Me.iv)
        Return text.GetString(d.TransformFinalBlock(data, 0, data.Length))
    End Function
End Class
