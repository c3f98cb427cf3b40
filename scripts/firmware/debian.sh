# To be sourced: Debian packages of another release than the system's, in a private folder of apt's.

# use_suite SUITE FOLDER: apt-get in this shell and its children knows that release alone, from the system's own mirror,
# and keeps what it needs in FOLDER. The system's lists, keys and packages stay as they are.
use_suite() {
    keys=/usr/share/keyrings/debian-archive-keyring.gpg
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -1)
    [ -n "$mirror" ] || {
        echo "apt knows no Debian packages: run apt-get update as root" >&2
        return 1
    }
    mkdir -p "$2/etc" "$2/state/lists/partial" "$2/cache/archives/partial"
    : >"$2/state/status"
    printf "%s [signed-by=$keys] $mirror $1 main\n" deb deb-src >"$2/etc/sources.list"
    cat >"$2/apt.conf" <<END
Dir::State "$2/state";
Dir::State::status "$2/state/status";
Dir::Cache "$2/cache";
Dir::Etc "$2/etc";
Dir::Etc::parts "/dev/null";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "";
END
    export APT_CONFIG="$2/apt.conf"
    apt-get -qq update
}
