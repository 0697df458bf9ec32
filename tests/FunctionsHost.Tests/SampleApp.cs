using System.Reflection;

namespace McpFunctions.FunctionsHost.Tests;

/// <summary>The built sample app.</summary>
internal static class SampleApp
{
    public const string AssemblyName = "McpFunctions.SampleApp";

    /// <summary>The output folder. The build writes it into the assembly.</summary>
    public static string Directory { get; } = typeof(SampleApp).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "SampleApp").Value!;
}
