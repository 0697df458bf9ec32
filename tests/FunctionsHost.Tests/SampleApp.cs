using System.Reflection;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests;

/// <summary>The built sample app.</summary>
internal static class SampleApp
{
    public const string AssemblyName = "McpFunctions.SampleApp";

    /// <summary>A copy of the output folder. The build writes the place of the original into the assembly.</summary>
    public static string Directory { get; } = ProgramCopy.Of(typeof(SampleApp).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "SampleApp").Value!);
}
