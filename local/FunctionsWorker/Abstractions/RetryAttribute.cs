namespace Microsoft.Azure.Functions.Worker;

/// <summary>Base of the attributes that have the host run a failed invocation again.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class RetryAttribute : Attribute
{
    /// <summary>Initializes the attribute.</summary>
    protected RetryAttribute()
    {
    }

    /// <summary>How many times an invocation is run again; -1 for no limit.</summary>
    public int MaxRetryCount { get; set; }
}
