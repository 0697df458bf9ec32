using System.Text.Json.Nodes;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary>What a deployment would make.</summary>
public sealed class BicepResources(JsonNode snapshot)
{
    private readonly ILookup<string, JsonNode> byType = snapshot["predictedResources"]!.AsArray().Select(each => each!).ToLookup(each => (string)each["type"]!);

    public JsonNode[] Of(string type) => [.. byType[type]];

    /// <summary>The production slots, by the name of the app in the plan.</summary>
    public Dictionary<string, JsonNode> Apps => Of("Microsoft.Web/sites").ToDictionary(site => (string)site["tags"]!["mcp-app"]!);

    public JsonNode? StagingOf(JsonNode site) => Of("Microsoft.Web/sites/slots").SingleOrDefault(slot => (string)slot["name"]! == $"{site["name"]}/staging");

    public string[] StickyOf(JsonNode site) =>
    [
        .. Of("Microsoft.Web/sites/config").Single(config => (string)config["name"]! == $"{site["name"]}/slotConfigNames")
            ["properties"]!["appSettingNames"]!.AsArray().Select(name => (string)name!),
    ];

    public static Dictionary<string, string> SettingsOf(JsonNode site) => site["properties"]!["siteConfig"]!["appSettings"]!.AsArray()
        .ToDictionary(setting => (string)setting!["name"]!, setting => (string)setting!["value"]!);
}
