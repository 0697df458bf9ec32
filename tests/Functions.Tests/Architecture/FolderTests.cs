using System.Reflection;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Hosting;
using McpFunctions.TestServers;
using Microsoft.Extensions.Hosting;
using Assembly = System.Reflection.Assembly;

namespace McpFunctions.Functions.Tests.Architecture;

/// <summary>The folders of src/ and the references between them.</summary>
public sealed partial class FolderTests
{
    private const int MaxDependencies = 8;

    private const string DomainLeaves = "Domain Domain.Delivery Domain.Events";

    private const string Api =
        $"{DomainLeaves} Domain.Identity Domain.Idempotency Functions.Documentation Functions.Http Functions.Settings Functions.Storage";

    private static readonly Assembly[] s_assemblies = [typeof(DomainEvent).Assembly, typeof(GatewayServices).Assembly];

    internal static readonly ArchUnitNET.Domain.Architecture Architecture = new ArchLoader().LoadAssemblies(s_assemblies).Build();

    // The folders that each folder may refer to. The root of Functions connects all and may refer to everything.
    private static readonly Dictionary<string, string> s_allowed = new()
    {
        // Domain: what all share.
        ["Domain"] = "",
        ["Domain.Events"] = "Domain",
        ["Domain.Delivery"] = "Domain Domain.Events",
        ["Domain.Identity"] = DomainLeaves,
        ["Domain.Credentials"] = $"{DomainLeaves} Domain.Identity",
        ["Domain.Idempotency"] = $"{DomainLeaves} Domain.Identity",
        ["Domain.Quotas"] = DomainLeaves,

        // Domain: features, none of which knows another.
        ["Domain.ApiKeys"] = $"{DomainLeaves} Domain.Credentials Domain.Identity Domain.Idempotency Domain.Quotas",
        ["Domain.Audit"] = $"{DomainLeaves} Domain.Identity",
        ["Domain.Auth"] = $"{DomainLeaves} Domain.Credentials Domain.Identity",
        ["Domain.Commands"] = $"{DomainLeaves} Domain.Identity Domain.Idempotency Domain.Quotas",
        ["Domain.Files"] = $"{DomainLeaves} Domain.Identity Domain.Idempotency Domain.Quotas",
        ["Domain.Health"] = DomainLeaves,
        ["Domain.Notifications"] = $"{DomainLeaves} Domain.Credentials",
        ["Domain.Orchestrator"] = DomainLeaves,
        ["Domain.Sessions"] = $"{DomainLeaves} Domain.Credentials Domain.Identity Domain.Quotas",
        ["Domain.Users"] = $"{DomainLeaves} Domain.Credentials Domain.Identity Domain.Idempotency",
        ["Domain.Workflows"] = $"{DomainLeaves} Domain.Identity Domain.Idempotency Domain.Quotas",

        // Functions: what all share, from the bottom up.
        ["Functions.Hosting"] = "",
        ["Functions.Timers"] = "Domain.Delivery Functions.Redis Functions.Telemetry",
        ["Functions.Telemetry"] = "Domain.Events",
        ["Functions.Settings"] = "Domain.Delivery Functions.Timers",
        ["Functions.Identity"] = "Domain.Events Domain.Credentials",
        ["Functions.Storage"] = $"{DomainLeaves} Functions.Telemetry",
        ["Functions.Redis"] = $"{DomainLeaves} Functions.Hosting Functions.Telemetry",
        ["Functions.Quotas"] = "Domain.Quotas Functions.Settings Functions.Storage",
        ["Functions.Idempotency"] = "Domain.Idempotency Functions.Storage",
        ["Functions.Outbox"] = $"{DomainLeaves} Functions.Redis Functions.Settings Functions.Storage Functions.Telemetry Functions.Timers",
        ["Functions.Consumers"] = $"{DomainLeaves} Functions.Hosting Functions.Outbox Functions.Redis Functions.Settings Functions.Storage Functions.Telemetry",
        ["Functions.Recovery"] = $"{DomainLeaves} Functions.Consumers Functions.Outbox Functions.Redis Functions.Settings Functions.Storage Functions.Telemetry Functions.Timers"
            // Retention deletes idempotency rows.
            + " Domain.Idempotency",
        ["Functions.Http"] = $"{DomainLeaves} Domain.Credentials Domain.Identity Functions.Settings Functions.Storage Functions.Telemetry",
        ["Functions.Documentation"] = $"{DomainLeaves} Domain.Identity Functions.Http",
        ["Functions.Streams"] = $"{DomainLeaves} Domain.Credentials Domain.Identity Functions.Hosting Functions.Http Functions.Redis Functions.Settings",

        ["Functions.WebPubSub"] = $"{DomainLeaves} Domain.Notifications Functions.Hosting Functions.Settings Functions.Storage Functions.Telemetry",

        // Functions: features, none of which knows another.
        ["Functions.ApiKeys"] = $"{Api} Domain.Credentials Domain.ApiKeys",
        ["Functions.Audit"] = $"{Api} Domain.Audit Functions.Consumers Functions.Redis Functions.Telemetry",
        ["Functions.Auth"] = $"{Api} Domain.Credentials Domain.Auth Functions.Hosting",
        ["Functions.Commands"] = $"{Api} Domain.Commands",
        ["Functions.Console"] = Api,
        ["Functions.Files"] = $"{Api} Domain.Files",
        ["Functions.Health"] = $"{Api} Domain.Health Functions.Hosting Functions.Outbox Functions.Redis Functions.Telemetry Functions.Timers",
        ["Functions.Notifications"] = $"{Api} Domain.Credentials Domain.Notifications Functions.Consumers Functions.Hosting Functions.Quotas Functions.Recovery Functions.Redis Functions.Streams Functions.WebPubSub",
        ["Functions.Operations"] = $"{Api} Functions.Consumers Functions.Hosting Functions.Outbox Functions.Recovery Functions.Redis Functions.Streams Functions.Telemetry",
        ["Functions.Orchestrator"] = $"{Api} Domain.Credentials Domain.Orchestrator Functions.Consumers Functions.Quotas Functions.Recovery Functions.Redis",
        ["Functions.RateLimits"] = $"{DomainLeaves} Domain.Identity Functions.Http Functions.Redis Functions.Settings",
        ["Functions.Sessions"] = $"{Api} Domain.Credentials Domain.Sessions Functions.Identity",
        ["Functions.Users"] = $"{Api} Domain.Credentials Domain.Users Functions.Identity",
        ["Functions.Workflows"] = $"{Api} Domain.Workflows",

        // Above the features: its tools are the functions of all, by their names, and its resources are inboxes.
        ["Functions.Mcp"] = $"{Api} Domain.Notifications Functions.Notifications Functions.Streams",
    };

    [Theory]
    [InlineData("McpFunctions.Domain.(*)")]
    [InlineData("McpFunctions.Functions.(*)")]
    public void No_folders_refer_to_each_other_in_a_circle(string folders) =>
        SliceRuleDefinition.Slices().Matching(folders).Should().BeFreeOfCycles().Check(Architecture);

    [Fact]
    public void Each_folder_refers_only_to_those_that_it_may() => AssertNone(
        CompiledReferences().Concat(SourceReferences())
            .Where(each => each.From != each.To && each.From != "Functions" && !s_allowed.GetValueOrDefault(each.From, "").Split(' ').Contains(each.To))
            .Select(each => $"{each.From} refers to {each.To}: {each.Where}"));

    [Fact]
    public void Every_permission_is_needed()
    {
        ILookup<string, string> used = CompiledReferences().Concat(SourceReferences()).ToLookup(each => each.From, each => each.To);
        string[] leaves = [.. $"{Api} {DomainLeaves}".Split(' ')];

        AssertNone(
            from allowed in s_allowed
            from folder in allowed.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where !leaves.Contains(folder) && !used[allowed.Key].Contains(folder)
            select $"{allowed.Key} does not refer to {folder}");
    }

    [Fact]
    public void No_class_needs_more_than_eight_others() => AssertNone(
        from type in s_assemblies.SelectMany(assembly => assembly.GetTypes())
        // Records hold values.
        where type.IsClass && type.GetMethod("<Clone>$") is null && !type.Name.Contains('<', StringComparison.Ordinal)
        from constructor in type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        where constructor.GetParameters().Length > MaxDependencies
        select $"{type} needs {constructor.GetParameters().Length}");

    // One dependency that gives all others would hide their number.
    [Fact]
    public void No_class_takes_the_whole_container() => AssertNone(
        from type in s_assemblies.SelectMany(assembly => assembly.GetTypes())
        from constructor in type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        where constructor.GetParameters().Any(parameter => parameter.ParameterType.IsAssignableTo(typeof(IServiceProvider)))
        select $"{type} takes the container");

    [Fact]
    public void No_background_service_stops_the_app_with_an_exception() => AssertNone(
        from type in s_assemblies.SelectMany(assembly => assembly.GetTypes())
        where type.IsSubclassOf(typeof(BackgroundService)) && !type.IsAssignableTo(typeof(RestartingService))
        select $"{type} is no {nameof(RestartingService)}");

    private static void AssertNone(IEnumerable<string> problems) => Assert.Equal("", string.Join('\n', problems.Distinct().Order(StringComparer.Ordinal)));

    private static IEnumerable<(string From, string To, string Where)> CompiledReferences() =>
        from type in Architecture.Types
        let folder = FolderOf(type.Namespace?.FullName)
        where folder is not null
        from dependency in type.Dependencies
        // The parameters of generic methods that the JSON generator writes into each context share one name.
        where dependency.Target is not GenericParameter
        let target = FolderOf(dependency.Target.Namespace?.FullName)
        where target is not null
        select (folder, target, $"{type.Name} on {dependency.Target.Name}");

    // A constant or a comment leaves no reference in the compiled code.
    private static IEnumerable<(string From, string To, string Where)> SourceReferences() =>
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
        where !file.Split(Path.DirectorySeparatorChar).Contains("obj")
        let source = File.ReadAllText(file)
        let folder = FolderOf(NamespaceLine().Match(source).Groups[1].Value)
        where folder is not null
        from Match line in UsingLine().Matches(source)
        let target = FolderOf(line.Groups[1].Value)
        where target is not null
        select (folder, target, Path.GetFileName(file));

    // "Domain.Events" of McpFunctions.Domain.Events, "Domain" of McpFunctions.Domain.
    private static string? FolderOf(string? name) => Folder().Match(name ?? "") is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^McpFunctions\.((?:Domain|Functions)(?:\.\w+)?)")]
    private static partial Regex Folder();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^using (?:static |\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
