namespace McpFunctions.Domain.Delivery;

/// <summary>Redis or storage cannot be reached, or does not answer in time. Nothing is wrong with what was asked.</summary>
/// <param name="dependency">Its name, for the caller: <c>storage</c> or <c>redis</c>.</param>
/// <param name="innerException">The cause, for the log.</param>
public sealed class DependencyUnavailableException(string dependency, Exception innerException)
    : Exception($"The dependency '{dependency}' is unavailable: {ReasonOf(innerException)}", innerException)
{
    private const int MaxReasonLength = 160;

    /// <summary>The name of the dependency.</summary>
    public string Dependency { get; } = dependency;

    /// <summary>The cause in one short line, for the log.</summary>
    public string Reason { get; } = ReasonOf(innerException);

    /// <summary>Empty: an outage is logged many times, and its place in the code does not matter.</summary>
    public override string? StackTrace => null;

    /// <summary>An outage in one short line for the log.</summary>
    /// <param name="exception">The exception of a client library.</param>
    /// <returns>The first line of the message of what was behind it.</returns>
    public static string ReasonOf(Exception exception)
    {
        Exception cause = exception.GetBaseException();
        string line = $"{cause.GetType().Name}, {cause.Message.Split('\r', '\n')[0]}";
        return line.Length <= MaxReasonLength ? line : $"{line[..MaxReasonLength]}…";
    }

    /// <inheritdoc/>
    public override string ToString() => Message;
}
