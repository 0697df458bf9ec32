namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>How a test brings a gateway to a <see cref="CrashPoint"/>.</summary>
internal enum CrashWay
{
    /// <summary>A file is stored.</summary>
    Upload,

    /// <summary>A file is stored, and its transaction never arrives.</summary>
    LostTransaction,

    /// <summary>A file is stored; its transaction commits, and the response is lost.</summary>
    LostResponse,

    /// <summary>Several requests rename a file at once; all but one are refused.</summary>
    Conflict,

    /// <summary>A file is stored without a fault; the relay's ticks follow.</summary>
    Relay,

    /// <summary>Neither the transaction nor the abort marker arrives: the relay must settle the outcome.</summary>
    RelayUnsettled,

    /// <summary>The event is committed but not published.</summary>
    RelayUnpublished,

    /// <summary>Each consumer has failed on the event once.</summary>
    Recover,

    /// <summary>The notifications' consumer fails twice.</summary>
    RecoverFailing,

    /// <summary>Redis has lost the epoch of the notifications' consumer.</summary>
    RedisLoss,

    /// <summary>Redis has lost the group of the notifications' consumer.</summary>
    GroupLoss,

    /// <summary>The notifications' consumer fails for the last time.</summary>
    DeadLetter,

    /// <summary>An operator asks for a replay.</summary>
    Replay,

    /// <summary>An operator retries a dead letter.</summary>
    Retry,

    /// <summary>An operator retries a dead letter in vain.</summary>
    RetryFailing,

    /// <summary>Redis has lost the user's inbox and context, and the user reads them.</summary>
    Rebuild,
}
