// A decryptor that a team may have today: a C# function that takes a stored value as a JSON text and returns
// the credential as a JSON text, with the key in its environment: LEGACY_PASSPHRASE, LEGACY_SALT_HEX.
//
//   mcs -out:LegacyDecryptor.exe LegacyDecryptor.cs && mono LegacyDecryptor.exe
//
// Main and Json replace Lambda's managed runtime; Handler is the legacy code.

using System;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Text;

public static class LegacyDecryptor
{
    /// <summary>AES-256-CBC, key and IV from one Rfc2898DeriveBytes, the text in UTF-16.</summary>
    public static string Handler(string encrypted)
    {
        byte[] salt = FromHex(Environment.GetEnvironmentVariable("LEGACY_SALT_HEX"));
        string passphrase = Environment.GetEnvironmentVariable("LEGACY_PASSPHRASE");
        byte[] data = Convert.FromBase64String(encrypted.Replace(" ", "+"));
        using (Aes aes = Aes.Create())
        using (var derived = new Rfc2898DeriveBytes(passphrase, salt))
        {
            aes.Key = derived.GetBytes(32);
            aes.IV = derived.GetBytes(16);
            using (var clear = new MemoryStream())
            {
                using (var stream =
                    new CryptoStream(clear, aes.CreateDecryptor(), CryptoStreamMode.Write))
                {
                    stream.Write(data, 0, data.Length);
                }
                return Encoding.Unicode.GetString(clear.ToArray());
            }
        }
    }

    public static void Main()
    {
        string api = "http://" + Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")
            + "/2018-06-01/runtime/invocation/";
        while (true)
        {
            var request = WebRequest.CreateHttp(api + "next");
            request.Timeout = System.Threading.Timeout.Infinite;
            string id;
            string body;
            using (WebResponse next = request.GetResponse())
            {
                id = next.Headers["Lambda-Runtime-Aws-Request-Id"];
                body = new StreamReader(next.GetResponseStream(), Encoding.UTF8).ReadToEnd();
            }
            try
            {
                Post(api + id + "/response", Json.Write(Handler(Json.ReadText(body))));
            }
            catch (Exception e)
            {
                Post(api + id + "/error", "{\"errorType\":" + Json.Write(e.GetType().Name)
                    + ",\"errorMessage\":\"it failed\"}");
            }
        }
    }

    private static void Post(string url, string body)
    {
        using (var client = new WebClient())
        {
            client.UploadData(url, "POST", Encoding.UTF8.GetBytes(body));
        }
    }

    private static byte[] FromHex(string hex)
    {
        var bytes = new byte[hex.Length / 2];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = Convert.ToByte(hex.Substring(2 * i, 2), 16);
        }
        return bytes;
    }
}

/// <summary>Reads and writes JSON texts, because Mono's JSON libraries are separate packages.</summary>
internal static class Json
{
    public static string ReadText(string json)
    {
        json = json.Trim();
        if (json.Length < 2 || json[0] != '"' || json[json.Length - 1] != '"')
        {
            throw new FormatException();
        }
        var text = new StringBuilder();
        for (int i = 1; i < json.Length - 1; i++)
        {
            if (json[i] != '\\')
            {
                text.Append(json[i]);
                continue;
            }
            i++;
            switch (json[i])
            {
                case 'n': text.Append('\n'); break;
                case 'r': text.Append('\r'); break;
                case 't': text.Append('\t'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'u':
                    text.Append((char)Convert.ToInt32(json.Substring(i + 1, 4), 16));
                    i += 4;
                    break;
                default: text.Append(json[i]); break;
            }
        }
        return text.ToString();
    }

    public static string Write(string text)
    {
        var json = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c < ' ' || c == '"' || c == '\\' || c > '~')
            {
                json.Append("\\u").Append(((int)c).ToString("x4"));
            }
            else
            {
                json.Append(c);
            }
        }
        return json.Append('"').ToString();
    }
}
