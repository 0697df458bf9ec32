namespace McpFunctions.TestServers;

/// <summary>What a <see cref="StorageProxy"/> or a <see cref="RedisProxy"/> does to a request.</summary>
public enum ProxyFault
{
    /// <summary>Nothing: it is passed on and answered.</summary>
    None,

    /// <summary>It never reaches the server; the connection breaks.</summary>
    LoseRequest,

    /// <summary>The server does what it asks; the answer is lost and the connection breaks.</summary>
    LoseAnswer,

    /// <summary>The server does what it asks; the first half of the answer arrives, and then the connection breaks.</summary>
    BreakOff,

    /// <summary>The server is not asked, and the answer is an error that says nothing about the server's health.</summary>
    Refuse,

    /// <summary>It reaches storage only after <see cref="StorageProxy.LetGo"/>, when its client may have given up.</summary>
    Hold,
}
