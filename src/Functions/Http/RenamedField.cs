using System.Text.Json;

namespace McpFunctions.Functions.Http;

/// <summary>A field of requests that had another name before, which is still accepted.</summary>
internal static class RenamedField
{
    /// <summary>The value, under whichever name it came.</summary>
    /// <param name="value">What came under the name.</param>
    /// <param name="earlierValue">What came under the earlier name.</param>
    /// <param name="name">The name.</param>
    /// <param name="earlierName">The earlier name.</param>
    /// <returns>The value; null where neither came.</returns>
    /// <exception cref="ProblemException">Both came: one of them would be lost.</exception>
    public static JsonElement? Read(JsonElement? value, JsonElement? earlierValue, string name, string earlierName) =>
        value is null || earlierValue is null
            ? value ?? earlierValue
            : throw new ProblemException(Problem.Invalid(earlierName, $"Send '{name}' only: '{earlierName}' is its earlier name."));
}
