namespace McpFunctions.Functions.Http;

/// <summary>A request that cannot be served; thrown where it is read, answered in <see cref="ProblemMiddleware"/>.</summary>
/// <param name="problem">The answer.</param>
public sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    /// <summary>The answer.</summary>
    public Problem Problem { get; } = problem;
}
