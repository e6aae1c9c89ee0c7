using System.Security.Cryptography;
using System.Text;

namespace SandboxApi.Server.Authentication;

/// <summary>The keys that are let in. Only their hashes are kept, and the labels by which the log calls them.</summary>
internal sealed class ApiKeys
{
    internal const string LabelText = "1 to 64 letters, digits, '.', '_' and '-'";

    private readonly (byte[] Hash, KeyLabel Label)[] _keys;

    internal ApiKeys(SandboxServerOptions options) => _keys = [.. All(options).Select(key => (Hash(key.Key), new KeyLabel(key.Label)))];

    /// <summary>Whether a key is asked for at all.</summary>
    internal bool AreRequired => _keys.Length > 0;

    /// <summary>All keys that options name, each with its label.</summary>
    internal static IEnumerable<(string Label, string Key)> All(SandboxServerOptions options)
    {
        if (options.ApiKey is { } first)
            yield return ("api-key", first);
        if (options.ApiKeySecondary is { } second)
            yield return ("api-key-secondary", second);
        foreach (var (label, key) in options.ApiKeys)
            yield return (label, key);
    }

    /// <summary>Whether a text can be a key: what travels in a header unharmed.</summary>
    internal static bool IsKey(string text) => text.Length > 0 && text.All(c => c is > ' ' and < '\x7f');

    internal static bool IsLabel(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>The label of a key; null when it is none of them. Compares with every key in the same time whatever the outcome; hashes, because equal lengths are needed for that.</summary>
    internal KeyLabel? Find(string key)
    {
        var hash = Hash(key);
        KeyLabel? found = null;
        foreach (var (known, label) in _keys)
            found = CryptographicOperations.FixedTimeEquals(known, hash) ? label : found;
        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
