namespace McpFunctions.Domain.Delivery;

/// <summary>Redis or storage cannot be reached, or does not answer in time. Nothing is wrong with what was asked.</summary>
/// <param name="dependency">Its name, for the caller: <c>storage</c> or <c>redis</c>.</param>
/// <param name="innerException">What happened, for the log.</param>
public sealed class DependencyUnavailableException(string dependency, Exception innerException)
    : Exception($"The dependency '{dependency}' is unavailable.", innerException)
{
    /// <summary>The name of the dependency.</summary>
    public string Dependency { get; } = dependency;
}
