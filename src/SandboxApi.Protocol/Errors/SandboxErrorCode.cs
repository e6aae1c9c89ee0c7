namespace SandboxApi;

/// <summary>Why a call to a sandbox could not be carried out; stable, and <c>code</c> in an error body in snake case.</summary>
public enum SandboxErrorCode
{
    /// <summary><c>unknown</c>: any other reason.</summary>
    Unknown,

    /// <summary><c>invalid_config</c>: the config breaks a rule; <see cref="SandboxException.Violations"/> lists all.</summary>
    InvalidConfig,

    /// <summary><c>invalid_request</c>: the request could not be read at all.</summary>
    InvalidRequest,

    /// <summary><c>invalid_archive</c>: the environment is no gzip-compressed tar, or holds what a sandbox refuses.</summary>
    InvalidArchive,

    /// <summary><c>not_found</c>: no such environment, or no such file in it.</summary>
    NotFound,

    /// <summary><c>too_large</c>: the request or the environment is larger than the operator allows.</summary>
    TooLarge,

    /// <summary><c>unauthorized</c>: the API key is missing or wrong.</summary>
    Unauthorized,

    /// <summary><c>busy</c>: no sandbox became free in time; try again later.</summary>
    Busy,

    /// <summary><c>shutting_down</c>: the sandbox is being stopped and takes no more runs.</summary>
    ShuttingDown,

    /// <summary><c>internal</c>: the sandbox itself failed.</summary>
    Internal,

    /// <summary><c>timeout</c>: the server did not answer within the client's timeouts.</summary>
    Timeout,

    /// <summary><c>unreachable</c>: no connection to the server.</summary>
    Unreachable,

    /// <summary><c>not_a_sandbox</c>: something answered that is no sandbox server.</summary>
    NotASandbox,

    /// <summary><c>forbidden</c>: a web page of another origin asks, the server is called by a name it does not know, or it keeps its list of environments to itself.</summary>
    Forbidden,

    /// <summary><c>not_supported</c>: the server does not know what the run asks for, and would ignore it.</summary>
    NotSupported,
}
