namespace Microsoft.Azure.Functions.Worker;

/// <summary>Retries after the same delay each time.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FixedDelayRetryAttribute : RetryAttribute
{
    /// <summary>Initializes the attribute.</summary>
    /// <param name="maxRetryCount">How many times an invocation is run again; -1 for no limit.</param>
    /// <param name="delayInterval">The delay, as <c>hh:mm:ss</c>.</param>
    public FixedDelayRetryAttribute(int maxRetryCount, string delayInterval)
    {
        MaxRetryCount = maxRetryCount;
        DelayInterval = delayInterval;
    }

    /// <summary>The delay, as <c>hh:mm:ss</c>.</summary>
    public string DelayInterval { get; }
}
