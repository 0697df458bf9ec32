namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>A function app.</summary>
public class FunctionsApplication
{
    /// <summary>Makes a builder with the worker's defaults.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>The builder.</returns>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
}
