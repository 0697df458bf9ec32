namespace McpFunctions.Functions.Http;

/// <summary>A request that fails. <see cref="ProblemMiddleware"/> sends the problem.</summary>
/// <param name="problem">The response.</param>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>The problem.</summary>
    public Problem Problem { get; } = problem;
}
