namespace McpFunctions.TestServers;

/// <summary>The fault that a <see cref="StorageProxy"/> or a <see cref="RedisProxy"/> applies to a request.</summary>
public enum ProxyFault
{
    /// <summary>No fault: the request is passed on and gets its response.</summary>
    None,

    /// <summary>The request never reaches the server; the connection breaks.</summary>
    LoseRequest,

    /// <summary>The server executes the request; the response is lost and the connection breaks.</summary>
    LoseResponse,

    /// <summary>The server executes the request; half of the response arrives, then the connection breaks.</summary>
    BreakOff,

    /// <summary>The proxy responds with an error that says nothing about the server's health. The server never gets the request.</summary>
    Refuse,

    /// <summary>The proxy responds that it does not accept who asks, as storage does to an expired token. The server never gets the request.</summary>
    RefuseIdentity,

    /// <summary>The request reaches storage only after <see cref="StorageProxy.LetGo"/>. By then its client may have given up.</summary>
    Hold,
}
