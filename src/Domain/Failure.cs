namespace McpFunctions.Domain;

/// <summary>The reason why a service refused. Every kind maps to one HTTP response.</summary>
public abstract record Failure
{
    private Failure()
    {
    }

    /// <summary>The resource does not exist, or it is not the caller's.</summary>
    public sealed record NotFound : Failure;

    /// <summary>The input is not valid.</summary>
    /// <param name="Errors">The problem and its remedy for each field.</param>
    public sealed record Rejected(IReadOnlyDictionary<string, string[]> Errors) : Failure
    {
        /// <summary>One field's problem.</summary>
        /// <param name="field">The field.</param>
        /// <param name="problem">The problem and its remedy.</param>
        public Rejected(string field, string problem)
            : this(new Dictionary<string, string[]> { [field] = [problem] })
        {
        }
    }

    /// <summary>The state does not allow it.</summary>
    /// <param name="Detail">The reason.</param>
    public sealed record Conflict(string Detail) : Failure;

    /// <summary>The resource has changed since the version that the caller named.</summary>
    public sealed record PreconditionFailed : Failure;

    /// <summary>The content is larger than allowed.</summary>
    /// <param name="MaxBytes">The allowed number of bytes.</param>
    public sealed record TooLarge(long MaxBytes) : Failure;

    /// <summary>The credential is wrong.</summary>
    /// <param name="Detail">The reason, as far as the caller may know it.</param>
    /// <param name="Reason">The reason for administrators, one of <see cref="Identity.RejectionReasons"/>.</param>
    public sealed record Unauthenticated(string Detail, string Reason) : Failure;

    /// <summary>The credential is valid but does not allow this.</summary>
    /// <param name="Detail">The missing right.</param>
    public sealed record Forbidden(string Detail) : Failure;

    /// <summary>The caller has reached a quota.</summary>
    /// <param name="Detail">The quota and the remedy.</param>
    public sealed record QuotaExceeded(string Detail) : Failure;

    /// <summary>The caller sent too many requests.</summary>
    /// <param name="RetryAfter">The time to wait before the next try.</param>
    public sealed record Throttled(TimeSpan RetryAfter) : Failure;

    /// <summary>Storage is unavailable, and the outcome is unknown.</summary>
    public sealed record Unavailable : Failure;
}
