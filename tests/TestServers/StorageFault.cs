namespace McpFunctions.TestServers;

/// <summary>What a <see cref="StorageProxy"/> does to a request.</summary>
public enum StorageFault
{
    /// <summary>Nothing: it is passed on and answered.</summary>
    None,

    /// <summary>It never reaches storage; the connection breaks.</summary>
    LoseRequest,

    /// <summary>Storage does what it asks; the answer is lost and the connection breaks.</summary>
    LoseAnswer,

    /// <summary>It reaches storage only after <see cref="StorageProxy.LetGo"/>, when its client may have given up.</summary>
    Hold,
}
