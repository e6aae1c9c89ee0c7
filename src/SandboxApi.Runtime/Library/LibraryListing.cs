namespace SandboxApi.Runtime.Library;

/// <summary>The script that lists what is installed in a sandbox, and the reading of what it prints.</summary>
/// <remarks>
/// It prints records, each <c>kind TAB version TAB name NUL</c>: a file name can hold everything but NUL, so the name comes last.
/// A section goes to a file first and is printed only when its tool succeeded, so a failed tool leaves an empty section. The last
/// record says that the script came to its end.
/// </remarks>
internal static class LibraryListing
{
    private const string End = "end";

    /// <summary>What to run in a sandbox with <c>bash</c>.</summary>
    public static string Script { get; } = """
        export LC_ALL=C
        shopt -s nullglob
        set -o pipefail
        T=$(mktemp) || exit 1
        trap 'rm -f "$T"' EXIT
        has() { command -v "$1" >/dev/null 2>&1; }
        limit() { if has timeout; then timeout -k 1 "$@"; else shift; "$@"; fi; }
        section() { if "$1" >"$T" 2>/dev/null </dev/null; then cat "$T"; printf '\0'; fi; }

        system() {
          if has dpkg-query && [ -s /var/lib/dpkg/status ]; then
            limit 3 dpkg-query -W -f='${db:Status-Abbrev}\t${Version}\t${binary:Package}\n' | while IFS=$'\t' read -r s v n; do
              case $s in ?i*) printf 'system\t%s\t%s\0' "$v" "$n";; esac
            done
          elif has rpm; then
            limit 3 rpm -qa --qf '%{VERSION}-%{RELEASE}\t%{NAME}\n' | while IFS=$'\t' read -r v n; do printf 'system\t%s\t%s\0' "$v" "$n"; done
          elif [ -r /lib/apk/db/installed ]; then
            while IFS= read -r l; do
              case $l in P:*) n=${l#P:};; V:*) printf 'system\t%s\t%s\0' "${l#V:}" "$n";; esac
            done </lib/apk/db/installed
          fi
        }

        python() {
          has python3 || return 0
          limit 4 python3 -c '
        import sys
        seen = {}
        try:
            from importlib import metadata
            for d in metadata.distributions():
                try:
                    name = d.metadata["Name"]
                    if name:
                        seen.setdefault(str(name), str(d.version or ""))
                except Exception:
                    pass
        except ImportError:
            import pkg_resources
            for d in pkg_resources.working_set:
                seen.setdefault(str(d.project_name), str(d.version))
        for name, version in seen.items():
            sys.stdout.buffer.write(("python\t%s\t%s\0" % (version, name)).encode("utf-8", "replace"))
        '
        }

        perl_modules() {
          has perl || return 0
          limit 4 perl -e '
        my %m = (Perl => sprintf("%vd", $^V));
        if (eval { require Module::CoreList; 1 }) {
            my $core = $Module::CoreList::version{$]} || {};
            $m{$_} = defined $core->{$_} ? $core->{$_} : "" for keys %$core;
        }
        if (eval { require File::Find; 1 }) {
            for my $inc (grep { !ref && -d "$_/auto" } @INC) {
                File::Find::find({ no_chdir => 1, wanted => sub {
                    return unless m{^\Q$inc\E/auto/(.+)/\.packlist$};
                    my $path = $1; (my $name = $path) =~ s{/}{::}g;
                    my $version = "";
                    for my $dir (@INC) {
                        next if ref $dir or !-f "$dir/$path.pm";
                        $version = eval { require Module::Metadata; Module::Metadata->new_from_file("$dir/$path.pm")->version } // "";
                        last;
                    }
                    $m{$name} = "$version";
                } }, "$inc/auto");
            }
        }
        print "perl\t$m{$_}\t$_\0" for keys %m;
        '
        }

        c() {
          local l n p paths=() names=() i=0 ld
          for ld in ldconfig /sbin/ldconfig /usr/sbin/ldconfig; do has "$ld" && break; done
          if has "$ld" && l=$(limit 3 "$ld" -p); then
            while IFS= read -r l; do
              n=${l%% (*}; n=${n#$'\t'}; p=${l##* => }
              case $n in lib*.so*) names+=("${n%%.so*}"); paths+=("$p");; esac
            done <<<"$l"
            [ ${#paths[@]} -eq 0 ] && return 0
            # The name of the file behind the links carries the whole version: libz.so.1 -> libz.so.1.2.13
            readlink -m -z -- "${paths[@]}" | while IFS= read -r -d '' p; do
              case $p in *.so.*) printf 'c\t%s\t%s\0' "${p##*.so.}" "${names[i]}";; *) printf 'c\t\t%s\0' "${names[i]}";; esac
              i=$((i + 1))
            done
          elif has pkg-config; then
            IFS=: read -ra paths <<<"$(limit 3 pkg-config --variable pc_path pkg-config)"
            for p in "${paths[@]}"; do for p in "$p"/*.pc; do
              l=; while IFS= read -r n; do case $n in Version:*) l=${n#Version:}; l=${l# }; break;; esac; done <"$p"
              case $l in *'$'*) l=;; esac
              p=${p##*/}; printf 'c\t%s\t%s\0' "$l" "${p%.pc}"
            done; done
          fi
        }

        bin() {
          local d f dirs
          IFS=: read -ra dirs <<<"$PATH"
          for d in "${dirs[@]}"; do for f in "$d"/*; do
            if [ -f "$f" ] && [ -x "$f" ]; then printf 'bin\t\t%s\0' "${f##*/}"; fi
          done; done
          return 0
        }

        section system; section python; section perl_modules; section c; section bin
        printf 'end\t\t\0'
        """.ReplaceLineEndings("\n");

    /// <summary>Reads what the script printed.</summary>
    /// <exception cref="InvalidDataException">The script did not come to its end.</exception>
    public static SandboxApi.Libraries Parse(string output)
    {
        var sections = new Dictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        var ended = false;
        foreach (var record in output.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            if (record.Split('\t', 3) is not [var kind, var version, var name])
            {
                continue;
            }

            if (kind == End)
            {
                ended = true;
            }
            else if (name.Length > 0)
            {
                if (!sections.TryGetValue(kind, out var section))
                {
                    sections[kind] = section = new(StringComparer.Ordinal);
                }

                // Of a package in several architectures or a library in several versions the first is told, unless it has no version.
                if (!section.TryGetValue(name, out var known) || known.Length == 0)
                {
                    section[name] = version;
                }
            }
        }

        if (!ended)
        {
            throw new InvalidDataException("The list of installed libraries ends too early: the script that makes it was stopped or its output was cut.");
        }

        return new SandboxApi.Libraries
        {
            Packages = new LibraryPackages
            {
                System = Section("system"),
                Python = Section("python"),
                Perl = Section("perl"),
                C = Section("c"),
            },
            Bin = [.. Section("bin").Keys],
        };

        SortedDictionary<string, string> Section(string kind) =>
            sections.GetValueOrDefault(kind) ?? new SortedDictionary<string, string>(StringComparer.Ordinal);
    }
}
