@echo off
rem Keepwarm's command line, unpacked from its archive. Needs a Java 25 and nothing else.
setlocal
for %%I in ("%~dp0..") do set "KEEPWARM_HOME=%%~fI"
set "KEEPWARM_JAVA=java"
if defined JAVA_HOME set "KEEPWARM_JAVA=%JAVA_HOME%\bin\java"
if defined KEEPWARM_JAVA_HOME set "KEEPWARM_JAVA=%KEEPWARM_JAVA_HOME%\bin\java"
set "KEEPWARM_CLASSES=%KEEPWARM_HOME%\lib\*"
if defined KEEPWARM_DRIVERS set "KEEPWARM_CLASSES=%KEEPWARM_CLASSES%;%KEEPWARM_DRIVERS%"
"%KEEPWARM_JAVA%" -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow "-Dkeepwarm.home=%KEEPWARM_HOME%" -cp "%KEEPWARM_CLASSES%" dev.keepwarm.cli.KeepwarmCommand %*
exit /b %ERRORLEVEL%
