# Sourced by ./mvnw, ./keepwarm and the archive's bin/keepwarm. Sets JAVA_HOME to a JDK of at least version
# 25, or says in one line what to install and fails. Looks, in this order, at KEEPWARM_JAVA_HOME, JAVA_HOME,
# the `java` on the PATH and the places where the usual installers put JDKs.

# Without a locale, a JVM assumes that the system uses ASCII. In variables that it passes to processes, for
# example a passphrase, other characters become question marks.
if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
  export LC_ALL=C.UTF-8
fi

KEEPWARM_JDK=25

# The feature version of the JDK in $1, from its `release` file (no process is started); empty if
# $1 is not a JDK with a compiler. A caller that does not compile sets KEEPWARM_JAVA_PROGRAM=java and
# accepts a JRE.
keepwarm_jdk_version() {
  [ -x "$1/bin/${KEEPWARM_JAVA_PROGRAM:-javac}" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

keepwarm_use_jdk() {
  keepwarm_found=$(keepwarm_jdk_version "$1")
  [ -n "$keepwarm_found" ] && [ "$keepwarm_found" -ge "$KEEPWARM_JDK" ] || return 1
  JAVA_HOME=$1
  export JAVA_HOME
}

keepwarm_find_jdk() {
  if [ -n "${KEEPWARM_JAVA_HOME:-}" ]; then
    keepwarm_use_jdk "$KEEPWARM_JAVA_HOME" && return 0
    echo "keepwarm: KEEPWARM_JAVA_HOME=$KEEPWARM_JAVA_HOME is not a JDK $KEEPWARM_JDK or newer" >&2
    return 1
  fi
  if [ -n "${JAVA_HOME:-}" ]; then
    keepwarm_use_jdk "$JAVA_HOME" && return 0
  fi
  keepwarm_java=$(command -v java 2>/dev/null || true)
  if [ -n "$keepwarm_java" ]; then
    keepwarm_java=$(readlink -f "$keepwarm_java" 2>/dev/null || echo "$keepwarm_java")
    keepwarm_use_jdk "${keepwarm_java%/bin/java}" && return 0
  fi
  # Services and containers may have no HOME.
  keepwarm_user=${HOME:-/nonexistent}
  for keepwarm_home in \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    "$keepwarm_user"/.sdkman/candidates/java/* "$keepwarm_user"/.jdks/* "$keepwarm_user"/.asdf/installs/java/* \
    "$keepwarm_user"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    keepwarm_use_jdk "$keepwarm_home" && return 0
  done
  echo "keepwarm: no JDK $KEEPWARM_JDK found: install one (for example Temurin $KEEPWARM_JDK) or set KEEPWARM_JAVA_HOME to it" >&2
  return 1
}

keepwarm_find_jdk
