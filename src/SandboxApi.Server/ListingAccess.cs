namespace SandboxApi;

/// <summary>Who may list the stored environments of a server; an id is as good as a key to its environment.</summary>
public enum ListingAccess
{
    /// <summary>Whoever has an API key; on a server without keys nobody.</summary>
    Keys,

    /// <summary>Whoever may call the server.</summary>
    All,

    /// <summary>Nobody.</summary>
    None,
}
