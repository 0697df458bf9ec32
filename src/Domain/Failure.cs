namespace McpFunctions.Domain;

/// <summary>Why a service did not do what it was asked. Every kind has one HTTP answer.</summary>
public abstract record Failure
{
    private Failure()
    {
    }

    /// <summary>It is not there, or not the caller's.</summary>
    public sealed record NotFound : Failure;

    /// <summary>The input is not acceptable.</summary>
    /// <param name="Errors">Per field, what is wrong and what to do.</param>
    public sealed record Rejected(IReadOnlyDictionary<string, string[]> Errors) : Failure
    {
        /// <summary>One field's problem.</summary>
        /// <param name="field">The field.</param>
        /// <param name="problem">What is wrong and what to do.</param>
        public Rejected(string field, string problem)
            : this(new Dictionary<string, string[]> { [field] = [problem] })
        {
        }
    }

    /// <summary>The state does not allow it.</summary>
    /// <param name="Detail">Why.</param>
    public sealed record Conflict(string Detail) : Failure;

    /// <summary>It is no longer the version that the caller named.</summary>
    public sealed record PreconditionFailed : Failure;

    /// <summary>The content is larger than allowed.</summary>
    /// <param name="MaxBytes">How many bytes are allowed.</param>
    public sealed record TooLarge(long MaxBytes) : Failure;

    /// <summary>The credential is wrong.</summary>
    /// <param name="Detail">What the caller may know of it.</param>
    /// <param name="Reason">What administrators are told of it, one of <see cref="Auth.RejectionReasons"/>.</param>
    public sealed record Unauthenticated(string Detail, string Reason) : Failure;

    /// <summary>The credential is good, but not for this.</summary>
    /// <param name="Detail">What is missing.</param>
    public sealed record Forbidden(string Detail) : Failure;

    /// <summary>The caller has as much of something as is allowed.</summary>
    /// <param name="Detail">How much that is, and what to do.</param>
    public sealed record QuotaExceeded(string Detail) : Failure;

    /// <summary>There were too many tries.</summary>
    /// <param name="RetryAfter">How long to wait before the next.</param>
    public sealed record Throttled(TimeSpan RetryAfter) : Failure;

    /// <summary>Storage could not be reached; nothing is known to have changed.</summary>
    public sealed record Unavailable : Failure;
}
