namespace McpFunctions.Domain.Delivery;

/// <summary>Redis or storage cannot be reached, or does not answer in time. Nothing is wrong with what was asked.</summary>
/// <param name="dependency">Its name, for the caller: <c>storage</c> or <c>redis</c>.</param>
/// <param name="innerException">What happened, for the log.</param>
public sealed class DependencyUnavailableException(string dependency, Exception innerException)
    : Exception($"The dependency '{dependency}' is unavailable: {ReasonOf(innerException)}", innerException)
{
    private const int MaxReasonLength = 160;

    /// <summary>The name of the dependency.</summary>
    public string Dependency { get; } = dependency;

    /// <summary>What happened, in one short line for the log.</summary>
    public string Reason { get; } = ReasonOf(innerException);

    /// <summary>None: an outage is told many times, and where in the code it was met says nothing about it.</summary>
    public override string? StackTrace => null;

    /// <summary>An outage in one short line for the log.</summary>
    /// <param name="exception">What a client library threw.</param>
    /// <returns>The first line of the message of what was behind it.</returns>
    public static string ReasonOf(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        Exception cause = exception.GetBaseException();
        string line = $"{cause.GetType().Name}, {cause.Message.Split('\r', '\n')[0]}";
        return line.Length <= MaxReasonLength ? line : $"{line[..MaxReasonLength]}…";
    }

    /// <inheritdoc/>
    public override string ToString() => Message;
}
