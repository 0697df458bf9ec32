using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The retry attribute of a function. Of the triggers here, the real host applies it only to timers.</summary>
internal sealed record RetryPolicy(int MaxRetries, TimeSpan Shortest, TimeSpan Longest, bool Exponential)
{
    public static RetryPolicy None { get; } = new(0, TimeSpan.Zero, TimeSpan.Zero, false);

    public static RetryPolicy Of(FunctionDefinition function)
    {
        if (function.Metadata.RetryOptions is not { } options || !function.Trigger.IsType("timerTrigger"))
            return None;

        return options.RetryStrategy == RpcRetryOptions.Types.RetryStrategy.FixedDelay
            ? new RetryPolicy(options.MaxRetryCount, options.DelayInterval?.ToTimeSpan() ?? TimeSpan.Zero, TimeSpan.Zero, false)
            : new RetryPolicy(
                options.MaxRetryCount,
                options.MinimumInterval?.ToTimeSpan() ?? TimeSpan.Zero,
                options.MaximumInterval?.ToTimeSpan() ?? TimeSpan.Zero,
                true
            );
    }

    /// <summary>Whether another attempt follows after this many retries. A maximum of -1 means no limit.</summary>
    public bool Allows(int retries) => MaxRetries == -1 || retries < MaxRetries;

    public TimeSpan DelayAfter(int retries)
    {
        if (!Exponential)
            return Shortest;
        var delay = Shortest * Math.Pow(2, Math.Min(retries, 30));
        return delay < Longest ? delay : Longest;
    }
}
