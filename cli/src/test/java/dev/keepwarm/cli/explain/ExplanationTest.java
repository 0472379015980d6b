package dev.keepwarm.cli.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keepwarm.core.internal.Checkout;
import dev.keepwarm.core.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** We wrote these helpers; they make the same calls as published samples. */
class ExplanationTest {
  private static final String CANARY = "CANARY-p4ss";

  /** The code and the parameters that docs/migrating.md shows. */
  @Test
  void readsTheExampleOfTheDocuments() throws IOException {
    String page = Files.readString(Checkout.root().resolve("docs/migrating.md"));
    String code = block(page, "```vb\n");
    String expected = block(page.substring(page.indexOf("```vb\n")), "```json\n");

    Explanation explanation = Explanation.of(code);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters()).isEqualTo(Json.parseObject(expected));
    assertThat(explanation.secrets()).containsExactly("passphrase");
    assertThat(reason(explanation, "preDecode").line()).isEqualTo(4);
    assertThat(reason(explanation, "saltHex").line()).isEqualTo(7);
    assertThat(reason(explanation, "padding").line()).isZero();
  }

  @Test
  void readsTheDecryptingFunctionAndNotTheOther() {
    String code =
        """
        public static class Helper
        {
            private const string Pass = "%s"; // "/* not a comment */
            private static readonly byte[] Salt = Encoding.ASCII.GetBytes("s@1tValue");
            private const string Vector = "@1B2c3D4e5F6g7H8";

            public static string Encrypt(string text)
            {
                var key = new Rfc2898DeriveBytes(Pass, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 7);
                var alg = new AesManaged { Padding = PaddingMode.Zeros };
                var e = alg.CreateEncryptor(key.GetBytes(16), key.GetBytes(16));
                return Convert.ToBase64String(Run(e, Encoding.Unicode.GetBytes(text)));
            }

            public static string Decrypt(string text)
            {
                byte[] data = Convert.FromBase64String(text);
                PasswordDeriveBytes derived = new PasswordDeriveBytes(Pass, Salt, "MD5", 2);
                byte[] keyBytes = derived.GetBytes(256 / 8);
                RijndaelManaged alg = new RijndaelManaged();
                alg.Mode = CipherMode.CBC;
                byte[] iv = Encoding.ASCII.GetBytes(Vector);
                ICryptoTransform d = alg.CreateDecryptor(keyBytes, iv);
                return Encoding.UTF8.GetString(Run(d, data));
            }

            private static byte[] Run(ICryptoTransform t, byte[] data)
            {
                return t.TransformFinalBlock(data, 0, data.Length);
            }
        }
        """
            .formatted(CANARY);

    Explanation explanation = Explanation.of(code);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters())
        .isEqualTo(
            Json.parseObject(
                """
                {"ciphertextEncoding":"base64","cipher":"AES","mode":"CBC","padding":"PKCS7",
                 "keySizeBits":256,"blockSizeBits":128,"keySource":"PasswordDeriveBytes",
                 "passphraseEncoding":"utf-8","kdfHash":"MD5","iterations":2,
                 "saltText":"s@1tValue","saltEncoding":"us-ascii","getBytes":[32],
                 "ivSource":"parameter","ivText":"@1B2c3D4e5F6g7H8","layout":"ciphertext",
                 "plaintextEncoding":"utf-8"}
                """));
    assertThat(explanation.toString()).doesNotContain(CANARY);
  }

  @Test
  void readsAHashAsTheKeyOfTripleDes() {
    Explanation explanation =
        Explanation.of(
            """
            Public Function Decrypt(ByVal s As String) As String
                Dim des As New TripleDESCryptoServiceProvider()
                Dim md5 As New MD5CryptoServiceProvider()
                des.Key = md5.ComputeHash(Encoding.UTF8.GetBytes(ConfigurationManager.AppSettings("k")))
                des.Mode = CipherMode.ECB
                Dim data As Byte() = Convert.FromBase64String(s)
                Return Encoding.UTF8.GetString(des.CreateDecryptor().TransformFinalBlock(data, 0, data.Length))
            End Function
            """);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters())
        .isEqualTo(
            Json.parseObject(
                """
                {"ciphertextEncoding":"base64","cipher":"TripleDES","mode":"ECB","padding":"PKCS7",
                 "keySizeBits":128,"blockSizeBits":64,"keySource":"MD5","passphraseEncoding":"utf-8",
                 "ivSource":"none","layout":"ciphertext","plaintextEncoding":"utf-8"}
                """));
  }

  @Test
  void readsAnIvInFrontOfTheValueAndAnExplicitKey() {
    Explanation explanation =
        Explanation.of(
            """
            public string Decrypt(string stored) {
                byte[] all = Convert.FromBase64String(stored);
                byte[] iv = new byte[16];
                byte[] cipher = new byte[all.Length - iv.Length];
                Buffer.BlockCopy(all, 0, iv, 0, iv.Length);
                Buffer.BlockCopy(all, iv.Length, cipher, 0, cipher.Length);
                using (var aes = Aes.Create()) {
                    aes.Key = Convert.FromBase64String("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
                    aes.IV = iv;
                    using (var d = aes.CreateDecryptor(aes.Key, aes.IV))
                    using (var ms = new MemoryStream(cipher))
                    using (var cs = new CryptoStream(ms, d, CryptoStreamMode.Read))
                    using (var reader = new StreamReader(cs)) {
                        return reader.ReadToEnd();
                    }
                }
            }
            """);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters())
        .containsEntry("keySource", "explicit")
        .containsEntry("keySizeBits", 256L)
        .containsEntry("ivSource", "prepended")
        .containsEntry("ivLengthBytes", 16L)
        .containsEntry("layout", "iv|ciphertext")
        .containsEntry("plaintextEncoding", "utf-8");
    assertThat(explanation.secrets()).containsExactly("keyBase64");
    assertThat(explanation.toString()).doesNotContain("AAECAwQF");
  }

  @Test
  void readsTheWalkthroughOfTripleDes() {
    Explanation explanation =
        Explanation.of(
            """
            Public NotInheritable Class Simple3Des
                Private TripleDes As New TripleDESCryptoServiceProvider
                Private Function TruncateHash(ByVal key As String, ByVal length As Integer) As Byte()
                    Dim sha1 As New SHA1CryptoServiceProvider
                    Dim hash() As Byte = sha1.ComputeHash(System.Text.Encoding.Unicode.GetBytes(key))
                    ReDim Preserve hash(length - 1)
                    Return hash
                End Function
                Sub New(ByVal key As String)
                    TripleDes.Key = TruncateHash(key, TripleDes.KeySize \\ 8)
                    TripleDes.IV = TruncateHash("", TripleDes.BlockSize \\ 8)
                End Sub
                Public Function DecryptData(ByVal encryptedtext As String) As String
                    Dim bytes() As Byte = Convert.FromBase64String(encryptedtext)
                    Dim ms As New System.IO.MemoryStream
                    Dim s As New CryptoStream(ms, TripleDes.CreateDecryptor(), CryptoStreamMode.Write)
                    s.Write(bytes, 0, bytes.Length)
                    s.FlushFinalBlock()
                    Return System.Text.Encoding.Unicode.GetString(ms.ToArray)
                End Function
            End Class
            """);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters())
        .containsEntry("keySource", "Simple3Des")
        .containsEntry("ivSource", "simple3des-constant")
        .containsEntry("plaintextEncoding", "utf-16le");
  }

  @Test
  void readsSaltAndIvInFrontOfTheValue() {
    Explanation explanation =
        Explanation.of(
            """
            private const int Bits = 256;
            private const int Rounds = 1000;

            public static string Decrypt(string stored, string pass)
            {
                var all = Convert.FromBase64String(stored);
                var salt = all.Take(Bits / 8).ToArray();
                var vector = all.Skip(Bits / 8).Take(Bits / 8).ToArray();
                var rest = all.Skip((Bits / 8) * 2).Take(all.Length - ((Bits / 8) * 2)).ToArray();
                using (var derived = new Rfc2898DeriveBytes(pass, salt, Rounds))
                {
                    var key = derived.GetBytes(Bits / 8);
                    using (var symmetric = new RijndaelManaged())
                    {
                        symmetric.BlockSize = 256;
                        symmetric.Mode = CipherMode.CBC;
                        symmetric.Padding = PaddingMode.PKCS7;
                        using (var d = symmetric.CreateDecryptor(key, vector))
                        {
                            return Encoding.UTF8.GetString(d.TransformFinalBlock(rest, 0, rest.Length));
                        }
                    }
                }
            }
            """);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters())
        .isEqualTo(
            Json.parseObject(
                """
                {"ciphertextEncoding":"base64","cipher":"Rijndael","mode":"CBC","padding":"PKCS7",
                 "keySizeBits":256,"blockSizeBits":256,"keySource":"Rfc2898DeriveBytes",
                 "passphraseEncoding":"utf-8","kdfHash":"SHA1","iterations":1000,
                 "saltLengthBytes":32,"getBytes":[32],"ivSource":"prepended","ivLengthBytes":32,
                 "layout":"salt|iv|ciphertext","plaintextEncoding":"utf-8"}
                """));
  }

  @Test
  void readsTheFirstCharactersAsAKeyOfDes() {
    Explanation explanation =
        Explanation.of(
            """
            Private key() As Byte = {}
            Private IV() As Byte = {&H12, &H34, &H56, &H78, &H90, &HAB, &HCD, &HEF}

            Public Function Decrypt(ByVal stringToDecrypt As String, ByVal sKey As String) As String
                Dim inputByteArray(stringToDecrypt.Length) As Byte
                key = System.Text.Encoding.UTF8.GetBytes(Left(sKey, 8))
                Dim des As New DESCryptoServiceProvider()
                inputByteArray = Convert.FromBase64String(stringToDecrypt)
                Dim ms As New MemoryStream()
                Dim cs As New CryptoStream(ms, des.CreateDecryptor(key, IV), _
                    CryptoStreamMode.Write)
                cs.Write(inputByteArray, 0, inputByteArray.Length)
                cs.FlushFinalBlock()
                Dim encoding As System.Text.Encoding = System.Text.Encoding.UTF8
                Return encoding.GetString(ms.ToArray())
            End Function
            """);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters())
        .containsEntry("cipher", "DES")
        .containsEntry("keySource", "Left8")
        .containsEntry("keySizeBits", 64L)
        .containsEntry("ivSource", "parameter")
        .containsEntry("ivHex", "1234567890abcdef")
        .containsEntry("plaintextEncoding", "utf-8");
  }

  @Test
  void readsAKeyOfTheCryptographicApi() {
    Explanation explanation =
        Explanation.of(
            """
            Function Decrypt(s As String, pass As String) As String
                Dim alg As New TripleDESCryptoServiceProvider()
                alg.IV = New Byte(7) {}
                Dim pdb As New PasswordDeriveBytes(pass, New Byte(-1) {})
                alg.Key = pdb.CryptDeriveKey("TripleDES", "SHA1", 192, alg.IV)
                Dim b = Convert.FromBase64String(s)
                Return Encoding.Unicode.GetString(alg.CreateDecryptor().TransformFinalBlock(b, 0, b.Length))
            End Function
            """);

    assertThat(explanation.unseen()).isEmpty();
    assertThat(explanation.parameters())
        .containsEntry("keySource", "CryptDeriveKey")
        .containsEntry("ivHex", "0000000000000000")
        .containsEntry("keySizeBits", 192L)
        .doesNotContainKeys("saltHex", "iterations", "kdfHash", "getBytes");
  }

  /** A wrong constant decodes to nonsense or loses the first block, so no constant is better. */
  @Test
  void saysWhatItCouldNotSeeAndGuessesNothing() {
    Explanation explanation =
        Explanation.of(
            """
            public string Decrypt(string s, string pass, byte[] salt, int rounds) {
                var k = new Rfc2898DeriveBytes(pass, salt, rounds);
                var a = Aes.Create();
                var d = a.CreateDecryptor(k.GetBytes(32), Settings.Vector);
                return Encoding.UTF8.GetString(d.TransformFinalBlock(Convert.FromBase64String(s), 0, 1));
            }
            """);

    assertThat(explanation.parameters())
        .containsEntry("keySource", "Rfc2898DeriveBytes")
        .doesNotContainKeys("saltHex", "saltText", "iterations", "ivHex", "ivText", "ivSource");
    assertThat(explanation.unseen())
        .hasSize(3)
        .anySatisfy(line -> assertThat(line).startsWith("saltHex: line 2 "))
        .anySatisfy(line -> assertThat(line).startsWith("iterations: line 2 "))
        .anySatisfy(line -> assertThat(line).startsWith("ivSource: line 4 "));
  }

  @Test
  void namesWhatNoSchemeCanDecrypt() {
    assertThat(
            Explanation.of("Dim b = ProtectedData.Unprotect(x, Nothing, s)\nMe.Decrypt(b)")
                .unseen())
        .anySatisfy(line -> assertThat(line).contains("line 1 uses DPAPI"));
    assertThat(Explanation.of("nothing of interest").unseen())
        .containsExactly("this file decrypts nothing: pass the file that calls CreateDecryptor");
  }

  @Test
  void endsOnWhateverIsPasted() {
    for (String code :
        List.of(
            "", "\"", "'", "{", "(((", "Decrypt(", "CreateDecryptor(", "@\"", "/*", "Dim x = \"")) {
      assertThat(Explanation.of(code + "\nDim y\nCreateDecryptor(a, b").unseen()).isNotEmpty();
    }
  }

  private static Explanation.Reason reason(Explanation explanation, String field) {
    return explanation.reasons().stream()
        .filter(each -> each.field().equals(field))
        .findFirst()
        .orElseThrow();
  }

  private static String block(String page, String begin) {
    int from = page.indexOf(begin) + begin.length();
    return page.substring(from, page.indexOf("```", from));
  }
}
