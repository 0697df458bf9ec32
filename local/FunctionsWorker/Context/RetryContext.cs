namespace Microsoft.Azure.Functions.Worker;

/// <summary>Which attempt an invocation is.</summary>
public abstract class RetryContext
{
    /// <summary>Initializes the context.</summary>
    protected RetryContext()
    {
    }

    /// <summary>How often the host has retried: 0 the first time.</summary>
    public abstract int RetryCount { get; }

    /// <summary>How often the host will retry; -1 for no limit.</summary>
    public abstract int MaxRetryCount { get; }
}
