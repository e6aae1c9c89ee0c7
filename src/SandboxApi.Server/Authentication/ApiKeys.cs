using System.Security.Cryptography;
using System.Text;

namespace SandboxApi.Server.Authentication;

/// <summary>The keys that are let in. Only their hashes are kept.</summary>
internal sealed class ApiKeys
{
    private readonly byte[][] _hashes;

    internal ApiKeys(SandboxServerOptions options) =>
        _hashes = [.. new[] { options.ApiKey, options.ApiKeySecondary }.OfType<string>().Select(Hash)];

    /// <summary>Whether a key is asked for at all.</summary>
    internal bool AreRequired => _hashes.Length > 0;

    /// <summary>Whether a text can be a key: what travels in a header unharmed.</summary>
    internal static bool IsKey(string text) => text.Length > 0 && text.All(c => c is > ' ' and < '\x7f');

    /// <summary>Compares with every key in the same time whatever the outcome; hashes, because equal lengths are needed for that.</summary>
    internal bool Accept(string key)
    {
        var hash = Hash(key);
        var found = false;
        foreach (var known in _hashes)
            found |= CryptographicOperations.FixedTimeEquals(known, hash);
        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
