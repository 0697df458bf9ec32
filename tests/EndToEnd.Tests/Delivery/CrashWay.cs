namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>What brings a gateway to a <see cref="CrashPoint"/>.</summary>
internal enum CrashWay
{
    /// <summary>A file is stored.</summary>
    Upload,

    /// <summary>A file is stored, and its transaction never arrives.</summary>
    LostTransaction,

    /// <summary>A file is stored; its transaction commits, and the answer is lost.</summary>
    LostResponse,

    /// <summary>A file is renamed by several at once, of whom all but one are refused.</summary>
    Conflict,

    /// <summary>A file is stored, and all went well; the relay's ticks follow.</summary>
    Relay,

    /// <summary>The transaction never arrives, nor does the fence: the relay is to find out.</summary>
    RelayUnsettled,

    /// <summary>The event was committed and not published.</summary>
    RelayUnpublished,

    /// <summary>Each consumer has failed on the event once.</summary>
    Recover,

    /// <summary>The notifications' consumer fails twice.</summary>
    RecoverFailing,

    /// <summary>Redis has lost the beat of the notifications' consumer.</summary>
    RedisLoss,

    /// <summary>The notifications' consumer fails for the last time.</summary>
    DeadLetter,

    /// <summary>An operator asks for a replay.</summary>
    Replay,

    /// <summary>An operator retries a dead letter.</summary>
    Retry,

    /// <summary>An operator retries a dead letter in vain.</summary>
    RetryFailing,

    /// <summary>Redis has lost the user's inbox and context, and they are read.</summary>
    Rebuild,
}
