package dev.keepwarm.decryptor.dotnet;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Estimates how likely a character is after those before it, in texts that people keep encrypted:
 * connection strings, JSON, XML, addresses, account names, passwords made of words. The model is
 * learned from samples in which the beginnings of texts have the most weight. An unseen context
 * falls back to shorter ones, and finally to the frequency of kinds of characters, so nothing is
 * impossible. Immutable except for a cache of results; not thread-safe.
 */
final class Beginnings {

  /** How many characters before it a character depends on. */
  static final int CONTEXT = 5;

  /** Marks the beginning of the text in contexts. */
  static final char START = '\u0002';

  /** Stands for any character outside ASCII in contexts and distributions. */
  static final int OTHER = 0x80;

  private static final double LOWER = 0.42 / 26;
  private static final double DIGIT = 0.18 / 10;
  private static final double UPPER = 0.17 / 26;
  private static final double PUNCTUATION = 0.20 / 33;
  private static final double BLANK = 0.002;
  private static final double CONTROL = 1e-6;
  private static final double OUTSIDE = 0.02;

  /** After a character outside ASCII, the next one often is, too. */
  private static final double OUTSIDE_AGAIN = 0.4;

  private static final String SAMPLES =
      """
      Server=
      Server=localhost;Database=
      Server=db.corp.local,1433;Database=Sales;User Id=app;Password=
      Server=tcp:prod.database.windows.net,1433;Initial Catalog=
      Server=10.0.0.5;Port=3306;Database=shop;Uid=root;Pwd=
      Server=192.168.1.20\\SQLEXPRESS;Database=HR;Trusted_Connection=True;
      server=127.0.0.1;uid=sa;pwd=
      server=sqlserver;database=crm;user id=sa;password=
      SERVER=DBSRV01;DATABASE=ERP;UID=sa;PWD=
      Data Source=
      Data Source=.;Initial Catalog=Northwind;Integrated Security=True
      Data Source=SQLPROD;Initial Catalog=Payroll;User ID=sa;Password=
      Data Source=(local);Initial Catalog=Test;Integrated Security=SSPI;
      Data Source=(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=oracle)(PORT=1521)))
      Data Source=ORCL;User Id=scott;Password=tiger;
      data source=server\\instance;initial catalog=
      Initial Catalog=Master;Data Source=
      User ID=admin;Password=
      User Id=postgres;Password=
      Host=localhost;Port=5432;Username=postgres;Password=
      Host=pg.internal;Database=billing;Username=
      Provider=SQLOLEDB.1;Persist Security Info=False;
      Provider=Microsoft.ACE.OLEDB.12.0;Data Source=C:\\
      Provider=OraOLEDB.Oracle;Data Source=
      Driver={SQL Server};Server=
      DRIVER={MySQL ODBC 8.0 Driver};SERVER=
      DSN=mydsn;Uid=myuser;Pwd=
      Database=master;Server=
      Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=
      DefaultEndpointsProtocol=https;AccountName=storage;AccountKey=
      AccountEndpoint=https://
      metadata=res://*/Model.csdl|res://*/Model.ssdl
      {"username":"admin","password":"
      {"username":"
      {"username":"service@example.com","password":"
      {"userName":"
      {"user":"root","pass":"
      {"user":"api","password":"
      {"login":"
      {"name":"John Smith","email":"
      {"id":1234,"name":"
      {"id":"
      {"email":"john@example.com"
      {"password":"
      {"clientId":"
      {"client_id":"app","client_secret":"
      {"apiKey":"
      {"api_key":"
      {"token":"
      {"access_token":"eyJ
      {"key":"
      {"host":"smtp.example.com","port":587,"user":"
      {"server":"
      {"account":"
      {"tenantId":"
      {"type":"service_account","project_id":"
      {"bank":"
      {"url":"https://
      {"Username":"user","Password":"
      {"UserName":"
      {"User":"
      {"Id":
      {"Name":"
      {"ConnectionString":"Server=
      { "username": "admin", "password": "
      { "user": "
      { "id": 1,
      [{"
      ["
      <?xml version="1.0" encoding="utf-8"?>
      <?xml version="1.0"?>
      <?xml version="1.0" encoding="UTF-8" standalone="yes"?>
      <credentials><username>
      <credential>
      <credential user="
      <login><user>admin</user><password>
      <user>admin</user>
      <user name="
      <account>
      <password>
      <config>
      <configuration>
      <connectionStrings><add name="Default" connectionString="
      <add key="Password" value="
      <root>
      <settings>
      <xml>
      <html>
      https://www.example.com/
      https://api.example.com/v1/
      https://user:password@
      http://localhost:8080/
      http://www.
      ftp://anonymous@ftp.example.org
      sftp://
      jdbc:sqlserver://
      jdbc:oracle:thin:@
      jdbc:mysql://
      jdbc:postgresql://
      mongodb://
      mongodb+srv://
      amqp://guest:guest@
      redis://
      postgres://
      postgresql://
      mysql://
      ldap://
      smtp://
      eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.
      eyJhbGciOiJSUzI1NiIs
      Bearer eyJ
      Basic YWRtaW46
      -----BEGIN RSA PRIVATE KEY-----
      -----BEGIN PRIVATE KEY-----
      -----BEGIN CERTIFICATE-----
      AKIA
      sk_live_
      sk_test_
      pk_live_
      ghp_
      xoxb-
      SG.
      username=admin&password=
      username=
      user=admin;password=
      user=
      user:password
      uid=
      login=
      password=
      pwd=
      admin
      admin:admin
      admin123
      Admin@123
      administrator
      Administrator
      root
      root:toor
      sa
      system
      guest
      test
      test1234
      Test123!
      user01
      operator
      service
      svc_backup
      svc_sql
      svc-deploy
      svc_payroll
      SVC_REPORT
      ServiceAccount
      sqlagent
      backup
      DOMAIN\\administrator
      CORP\\jsmith
      CONTOSO\\svc_sql
      CORP\\svc_
      jsmith@contoso.com
      john.smith@example.com
      info@company.de
      support@
      noreply@
      hr@
      hr_
      api_
      app_user
      payroll
      Payroll2023
      password
      password1
      Password1
      Password123
      Password123!
      P@ssw0rd
      Passw0rd!
      passw0rd
      letmein
      welcome
      Welcome1
      Welcome123
      changeme
      ChangeMe123!
      qwerty
      qwerty123
      iloveyou
      dragon
      monkey
      master
      secret
      Secret123
      mysecret
      topsecret
      sunshine
      princess
      football
      baseball
      superman
      trustno1
      abc123
      12345678
      123456789
      1234567890
      4111111111111111
      Spring2019
      Spring2024!
      Summer2018
      Summer2020!
      Summer2023
      Autumn2021
      Autumn2022!
      Fall2022
      Winter2019
      Winter2022!
      January2020
      Monday1
      London2012
      Berlin2020
      Company2021!
      Sommer2021
      Passwort1
      geheim
      Geheim123
      Hallo123
      contraseña
      motdepasse
      true
      false
      null
      2019-01-01
      2023-12-31T23:59:59
      01/01/1980
      DE89370400440532013000
      GB29NWBK60161331926819
      Dear customer, this is a message to
      Hello World
      Hello, this is a test
      This is a secret message
      This is the text that should be encrypted
      the and that have for not with you this but his from they say her she will one all would there
      their what out about who get which when make can like time just him know take people into year
      your good some could them see other than then now look only come its over think also back after
      use two how our work first well way even new want because any these give day most us number
      name password user account server database connection string secure token access client secret
      identity tenant employee salary bank customer order report export import gateway interface
      integration production testing development staging private public certificate encryption
      security provider timeout pooling encrypt trust multiple active result sets application intent
      street city country state phone mobile address email mail date birth number social insurance
      Smith Johnson Williams Brown Jones Miller Davis Garcia Martin Anderson Taylor Thomas Moore
      James John Robert Michael William David Richard Joseph Charles Mary Patricia Jennifer Linda
      Elizabeth Barbara Susan Jessica Sarah Karen Peter Paul Mark Anna Maria Laura Julia Thomas
      der die und das ist nicht ein eine mit auf von dem den des sich als auch für es an werden aus
      les des une est pas que dans pour qui sur plus avec son ce par mais comme tout nous vous
      Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Zürich Köln
      """;

  private final Map<String, int[]> counts = new HashMap<>();
  private final Map<String, double[]> distributions = new HashMap<>();

  Beginnings() {
    for (String line : SAMPLES.lines().toList()) {
      learn(line);
    }
  }

  private void learn(String line) {
    StringBuilder context = new StringBuilder().append(START);
    for (int at = 0; at < line.length(); at++) {
      int symbol = Math.min(line.charAt(at), OTHER);
      for (int from = 0; from <= context.length(); from++) {
        counts.computeIfAbsent(context.substring(from), _ -> new int[OTHER + 1])[symbol]++;
      }
      context.append((char) symbol);
      if (context.length() > CONTEXT) {
        context.deleteCharAt(0);
      }
    }
  }

  /**
   * The likelihoods of ASCII characters and, at the end, of all others together.
   *
   * @param context the last characters before it, at most {@link #CONTEXT}: {@link #START} in front
   *     of the first one, {@link #OTHER} in place of those outside ASCII
   */
  double[] after(String context) {
    double[] known = distributions.get(context);
    if (known == null) {
      known = interpolated(context);
      distributions.put(context, known);
    }
    return known;
  }

  private double[] interpolated(String context) {
    double[] shorter = context.isEmpty() ? kinds() : after(context.substring(1));
    int[] seen = counts.get(context);
    if (context.length() == 1) {
      if (context.charAt(0) == OTHER) {
        return otherwise(shorter, OUTSIDE_AGAIN);
      }
      shorter = following(context.charAt(0), shorter);
    }
    if (seen == null) {
      return shorter;
    }
    int all = Arrays.stream(seen).sum();
    double different = Arrays.stream(seen).filter(count -> count > 0).count();
    double[] distribution = new double[seen.length];
    for (int symbol = 0; symbol < distribution.length; symbol++) {
      distribution[symbol] = (seen[symbol] + different * shorter[symbol]) / (all + different);
    }
    return distribution;
  }

  /** Weights a distribution by how often kinds follow each other: capitals tend to come first. */
  private static double[] following(char last, double[] distribution) {
    double[] sums = new double[Kind.values().length];
    for (int c = 0; c < OTHER; c++) {
      sums[Kind.of(c).ordinal()] += distribution[c];
    }
    double[] following = distribution.clone();
    double[] wanted = Kind.of(last).next;
    for (int c = 0; c < OTHER; c++) {
      int kind = Kind.of(c).ordinal();
      if (kind < wanted.length) {
        following[c] *= wanted[kind] / sums[kind];
      }
    }
    return otherwise(following, distribution[OTHER]);
  }

  /** A kind of characters, with how often lower case, capitals, digits and punctuation follow. */
  private enum Kind {
    LOWER(0.76, 0.04, 0.07, 0.13),
    UPPER(0.46, 0.37, 0.07, 0.10),
    DIGIT(0.09, 0.06, 0.57, 0.28),
    PUNCTUATION(0.43, 0.25, 0.16, 0.16),
    CONTROL(0.40, 0.27, 0.11, 0.22);

    @SuppressWarnings("ImmutableEnumChecker") // never changed
    private final double[] next;

    Kind(double... next) {
      this.next = next;
    }

    /** The kind of an ASCII character; {@link #START} is a control character. */
    static Kind of(int c) {
      if (c < 0x20 || c == 0x7F) {
        return CONTROL;
      }
      if (c >= 'a' && c <= 'z') {
        return LOWER;
      }
      if (c >= '0' && c <= '9') {
        return DIGIT;
      }
      return c >= 'A' && c <= 'Z' ? UPPER : PUNCTUATION;
    }
  }

  private static double[] kinds() {
    double[] kinds = new double[OTHER + 1];
    for (int c = 0; c < OTHER; c++) {
      kinds[c] = kind(c);
    }
    return otherwise(kinds, OUTSIDE);
  }

  private static double kind(int c) {
    return switch (Kind.of(c)) {
      case LOWER -> LOWER;
      case UPPER -> UPPER;
      case DIGIT -> DIGIT;
      case PUNCTUATION -> PUNCTUATION;
      case CONTROL -> c == '\t' || c == '\r' || c == '\n' ? BLANK : CONTROL;
    };
  }

  /** The distribution with another likelihood of characters outside ASCII. */
  private static double[] otherwise(double[] distribution, double outside) {
    double[] scaled = distribution.clone();
    scaled[OTHER] = 0;
    double sum = Arrays.stream(scaled).sum();
    for (int c = 0; c < OTHER; c++) {
      scaled[c] *= (1 - outside) / sum;
    }
    scaled[OTHER] = outside;
    return scaled;
  }
}
