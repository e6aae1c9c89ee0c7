namespace SandboxApi.Runtime.Root;

/// <summary>What no sandbox is shown of the host's /etc and /var, whatever else would show it: a second wall behind the rules of <see cref="HostView"/>.</summary>
internal static class HostSecrets
{
    /// <summary>Accounts, keys, the host's identity, network, mail, jobs, and the configuration of services: paths below the root, each with all below it.</summary>
    private static readonly HashSet<string> s_paths =
    [
        // Accounts and privileges.
        "etc/passwd", "etc/passwd-", "etc/group", "etc/group-", "etc/shadow", "etc/shadow-", "etc/gshadow", "etc/gshadow-", "etc/.pwd.lock", "etc/subuid", "etc/subuid-", "etc/subgid",
        "etc/subgid-", "etc/security", "etc/pam.d", "etc/pam.conf", "etc/sudoers", "etc/sudoers.d", "etc/sudo.conf", "etc/sudo_logsrvd.conf", "etc/doas.conf", "etc/doas.d", "etc/polkit-1", "etc/nslcd.conf",
        "etc/sssd", "etc/ldap", "etc/ldap.conf", "etc/libnss-ldap.conf", "etc/pam_ldap.conf", "etc/krb5.conf", "etc/krb5.conf.d", "etc/krb5.keytab", "etc/krb5kdc", "etc/samba", "etc/openldap", "etc/freeipa", "etc/ipa",

        // Keys and certificates of the host.
        "etc/ssh", "etc/ssl/private", "etc/pki/tls/private", "etc/pki/private", "etc/letsencrypt", "etc/acme", "etc/dehydrated", "etc/ipsec.conf", "etc/ipsec.secrets", "etc/ipsec.d", "etc/swanctl", "etc/strongswan.d",
        "etc/wireguard", "etc/openvpn", "etc/tinc", "etc/gnupg", "etc/stunnel", "etc/cryptsetup-keys.d", "etc/crypttab", "etc/vault.d", "etc/tpm2-tss", "etc/credstore", "etc/credstore.encrypted",

        // Who the host is, and what it is connected to.
        "etc/machine-id", "etc/hostid", "etc/hostname", "etc/hosts", "etc/hosts.allow", "etc/hosts.deny", "etc/resolv.conf", "etc/resolvconf", "etc/nsswitch.conf", "etc/networks", "etc/network", "etc/netplan", "etc/NetworkManager",
        "etc/wpa_supplicant", "etc/iwd", "etc/ppp", "etc/chatscripts", "etc/bluetooth", "etc/dhcp", "etc/dhcpcd.conf", "etc/cloud", "etc/iscsi", "etc/nvme", "etc/multipath", "etc/multipath.conf", "etc/fstab", "etc/exports", "etc/exports.d",
        "etc/auto.master", "etc/auto.master.d", "etc/cifs-utils", "etc/davfs2", "etc/mdadm", "etc/lvm", "etc/adjtime", "etc/snmp", "etc/ufw", "etc/nftables.conf", "etc/iptables", "etc/firewalld",

        // Mail, jobs and what is told at login.
        "etc/aliases", "etc/aliases.db", "etc/mailname", "etc/mail", "etc/mail.rc", "etc/msmtprc", "etc/ssmtp", "etc/nullmailer", "etc/postfix", "etc/exim4", "etc/dovecot", "etc/sasldb2", "etc/sasl2", "etc/crontab", "etc/cron.d", "etc/cron.hourly",
        "etc/cron.daily", "etc/cron.weekly", "etc/cron.monthly", "etc/cron.yearly", "etc/cron.allow", "etc/cron.deny", "etc/anacrontab", "etc/at.allow", "etc/at.deny", "etc/environment", "etc/environment.d", "etc/issue", "etc/issue.net", "etc/motd",
        "etc/motd.d", "etc/update-motd.d",

        // Clients that keep passwords, and services.
        "etc/apt", "etc/pip.conf", "etc/npmrc", "etc/netrc", "etc/curlrc", "etc/gitconfig", "etc/docker", "etc/containerd", "etc/containers", "etc/kubernetes", "etc/cni", "etc/rancher", "etc/podman", "etc/ansible", "etc/puppet", "etc/puppetlabs", "etc/chef", "etc/salt",
        "etc/consul.d", "etc/nomad.d", "etc/mysql", "etc/my.cnf", "etc/postgresql", "etc/mongod.conf", "etc/redis", "etc/rabbitmq", "etc/zabbix", "etc/grafana", "etc/sandbox-api", "etc/sandbox.json",
        "etc/init.d", "etc/systemd", "etc/default/sandbox-api",

        "var/mail", "var/spool", "var/log", "var/backups", "var/run", "var/lock", "var/lib/private", "var/lib/dbus/machine-id", "var/lib/NetworkManager", "var/lib/dhcp", "var/lib/systemd", "var/lib/sandbox-api",
    ];

    /// <summary>Of these, what an operator may have reasons to show: what is secret in it, others cannot read.</summary>
    private static readonly string[] s_harmless =
    [
        "etc/pip.conf", "etc/npmrc", "etc/gitconfig", "etc/curlrc", "etc/environment.d", "etc/krb5.conf", "etc/krb5.conf.d", "etc/ldap", "etc/ldap.conf", "etc/networks", "etc/mail.rc", "etc/mailname", "etc/mysql", "etc/my.cnf", "etc/postgresql",
        "etc/motd", "etc/issue", "etc/containers", "etc/hosts.allow", "etc/hosts.deny",
    ];

    /// <summary>Names that are not shown among what tools generate.</summary>
    private static readonly string[] s_words = ["secret", "passw", "passphrase", "credential", "token", "apikey", "api_key", "api-key", "private", "htpasswd", "netrc", "keytab", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];

    private static readonly string[] s_endings = [".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".gpg", ".asc", ".ovpn", ".env", ".bak", ".old", ".orig", ".save", ".swp", ".rej", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-bak", ".ucf-old", ".ucf-dist", "~"];

    /// <summary>Whether a path, below the root and without a slash before it, is one of these or lies in one.</summary>
    internal static bool Holds(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (s_paths.Contains(path[..end]))
                return true;
        }

        return false;
    }

    /// <summary>Whether a path is so secret that not even an operator can have it shown.</summary>
    internal static bool IsNeverShown(string path) => Holds(path) && !s_harmless.Any(harmless => path == harmless || path.StartsWith(harmless + '/', StringComparison.Ordinal));

    /// <summary>Whether a name in any case tells of a secret, or of a file that an administrator put aside.</summary>
    internal static bool IsSuspect(string name) =>
        s_words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)) || s_endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a content holds a private key in the form that all tools write.</summary>
    internal static bool HasPrivateKey(ReadOnlySpan<byte> content) => content.IndexOf("PRIVATE KEY-----"u8) >= 0;
}
