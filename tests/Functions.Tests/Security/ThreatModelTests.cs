using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using McpFunctions.Domain;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Auth;
using McpFunctions.Functions.Files;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Streams;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Security;

/// <summary>Holds docs/security.md to the code and the tests.</summary>
public sealed partial class ThreatModelTests
{
    private static readonly string s_model = File.ReadAllText(Repository.PathOf("docs", "security.md"));

    private static readonly string[] s_projects = ["Domain", "Functions"];

    [Theory]
    [InlineData("security.md", 40)]
    [InlineData("delivery.md", 80)]
    public void Every_test_that_the_page_names_exists_and_is_not_skipped(string page, int least)
    {
        ILookup<string, string> tests = FilesByType("tests");

        // `Folder.Class`, `tests/Project/Folder/Class`, `Folder.Class.Test_name`, a name cut short with '…', and `…Test_name` of the class before it.
        MatchCollection named = NamedTest().Matches(File.ReadAllText(Repository.PathOf("docs", page)));
        Assert.True(named.Count > least, "The pattern finds too few tests in the page, so the pattern is wrong.");
        string ofClass = "";
        Assert.All(named, match =>
        {
            ofClass = match.Groups["class"].Success ? match.Groups["class"].Value : ofClass;
            Assert.True(tests[ofClass].Any(), $"There is no test class {ofClass}.");
            Assert.All(tests[ofClass], text => Assert.DoesNotMatch(SkippingAttribute(), text));
            if (match.Groups["test"].Success)
            {
                string end = match.Groups["cut"].Success ? "" : "(";
                Assert.Contains(tests[ofClass], text => text.Contains($" {match.Groups["test"].Value}{end}", StringComparison.Ordinal));
            }
        });
    }

    [Fact]
    public void Every_other_member_that_the_threat_model_names_exists()
    {
        ILookup<string, string> types = FilesByType("tests", "src");
        string[] projects = [.. Directory.EnumerateDirectories(Repository.PathOf("tests")).Select(folder => $"`{Path.GetFileName(folder)}`")];

        // `Type.Member` of a helper of the tests, or of the code.
        Match[] named = [.. NamedMember().Matches(s_model).Where(match => !NamedTest().IsMatch(match.Value) && !projects.Contains(match.Value))];

        Assert.Contains(named, match => match.Value == "`GatewayApplication.DisposeAsync`");
        Assert.All(named, match => Assert.Contains(
            types[match.Groups["type"].Value], text => Regex.IsMatch(text, $@"\b{match.Groups["member"].Value}\b")));
    }

    [Fact]
    public void Every_class_that_the_threat_model_names_exists()
    {
        MatchCollection named = NamedClass().Matches(s_model);

        Assert.True(named.Count > 20, "The pattern finds too few classes in the model, so the pattern is wrong.");
        Assert.All(named, match => Assert.True(
            s_projects.Any(project => File.Exists(Repository.PathOf("src", project, $"{match.Groups[1].Value}.cs"))), $"There is no class {match.Groups[1].Value}."));
    }

    [Fact]
    public void Every_setting_that_the_threat_model_names_exists()
    {
        string[] settings = [..
            from options in typeof(GatewaySettings).Assembly.GetTypes()
            where options.GetField("Section") is not null
            from property in options.GetProperties()
            select GatewaySettings.NameOf(options, property.Name)];

        MatchCollection named = NamedSetting().Matches(s_model);
        Assert.NotEmpty(named);
        Assert.All(named, match => Assert.Contains(match.Groups[1].Value, settings));
    }

    [Fact]
    public void Every_number_in_the_threat_model_is_that_of_the_code()
    {
        string[] claims = [.. Claims()];
        string rows = string.Join('\n', s_model.Split("\n## Dependencies")[0].Split('\n').Where(line => line.StartsWith('|')));

        Assert.All(claims, claim => Assert.Contains(claim, s_model, StringComparison.Ordinal));
        string unclaimed = claims.Aggregate(rows, (text, claim) => text.Replace(claim, "", StringComparison.Ordinal));
        // Code, links, standards, statuses of HTTP, and numbers of other things than the gateway.
        unclaimed = NoClaim().Replace(unclaimed, "");
        Assert.Empty(Number().Matches(unclaimed).Select(number => unclaimed[Math.Max(0, number.Index - 40)..(number.Index + number.Length)]));
    }

    private static IEnumerable<string> Claims()
    {
        var auth = new AuthOptions();
        double window = LockoutLimits.Window.TotalMinutes;
        JsonElement http = JsonDocument.Parse(File.ReadAllText(Repository.PathOf("host.json"))).RootElement.GetProperty("extensions").GetProperty("http");
        int running = http.GetProperty("maxConcurrentRequests").GetInt32(), outstanding = http.GetProperty("maxOutstandingRequests").GetInt32();
        int passwords = File.ReadLines(Repository.PathOf("src", "Domain", "Credentials", "common-passwords.txt")).Count();
        int depth = HttpJson.NewOptions().MaxDepth is var set and > 0 ? set : 64;
        Match fuzz = FuzzRequests().Match(File.ReadAllText(Repository.PathOf("tests", "EndToEnd.Tests", "Fuzz", "FuzzTests.cs")));
        string FuzzCount(string name) => fuzz.Groups[name].Value.Replace('_', ',');
        FormattableString[] claims =
        [
            $"a body of at most {Constant<long>(typeof(FilesOptions), "DefaultHostLimit") >> 20} MiB",
            $"at most {auth.MaxSessionsPerUser} sessions and {auth.MaxApiKeysPerUser} keys a user",
            $"{auth.MaxWaitingHashes} logins wait",
            $"{auth.MaxLoginsPerName} logins a name and {auth.MaxLoginsPerAddress:N0} an address in {window} minutes",
            $"{auth.PasswordIterations:N0} rounds",
            $"at least {PasswordRule.MinLength} characters",
            $"strong enough for 10^{PasswordRule.MinStrength} guesses",
            $"a list of {passwords:N0} common passwords",
            $"a key has {Constant<int>(typeof(ApiKeyText), "SecretBytes") * 8} random bits",
            $"{auth.MaxFailuresPerName} failures in {window} minutes lock a name for {window} minutes, {auth.MaxFailuresPerAddress} failures lock an address",
            $"{auth.MaxFailuresPerAddress} failed logins lock it for {window} minutes",
            $"at most {CredentialService.MaxReports} `auth.failed` events",
            $"within {StreamTickets.Lifetime.TotalSeconds} seconds",
            $"every {Constant<TimeSpan>(typeof(CredentialWatch), "Interval").TotalSeconds} seconds",
            $"{HttpRequests.MaxJsonBytes / 1024} KiB for JSON",
            $"blocks of {Constant<int>(typeof(BlobFileContent), "BlockBytes") >> 20} MiB",
            $"the host runs {running:N0} and lets {outstanding - running} wait",
            $"{new StreamOptions().MaxOpenPerUser} live streams and waiting reads a user and instance",
            $"at most {depth} levels, {JsonLimitAttribute.MaxDepth} for stored JSON",
            $"{FileLimits.MaxFiles} files",
            $"only 1 to {Constant<int>(typeof(CorrelationId), "MaxLength")} visible ASCII characters",
            $"`./test` sends {FuzzCount("short")} requests, `./test --long` {FuzzCount("long")};",
            $"for {IContextStore.TombstoneRetention.TotalDays} days",
        ];
        return claims.Select(claim => claim.ToString(CultureInfo.InvariantCulture));
    }

    private static ILookup<string, string> FilesByType(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories))
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Contains("obj"))
        .ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

    private static T Constant<T>(Type type, string name) => (T)type.GetField(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!.GetValue(null)!;

    // Skip, SkipWhen or SkipUnless of an attribute.
    [GeneratedRegex(@"\bSkip(When|Unless)?\s*=")]
    private static partial Regex SkippingAttribute();

    [GeneratedRegex(@"`(?:(?:\w+\.|[\w./]+/)?(?<class>\w+Tests)\.?(?<test>[A-Z]\w+)?|…(?<test>[A-Z]\w+))(?<cut>…)?`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"`(?:\w+\.)*(?<type>[A-Z]\w+)\.(?<member>[A-Z]\w+)`")]
    private static partial Regex NamedMember();

    [GeneratedRegex(@"`([A-Z]\w+/[A-Z]\w+)`")]
    private static partial Regex NamedClass();

    [GeneratedRegex(@"`([A-Z]\w+__\w+)`")]
    private static partial Regex NamedSetting();

    [GeneratedRegex(@"`[^`]*`|\[\d{4}\]\([^)]*\)|RFC \d+|PBKDF2|SHA-?\d+|IPv6 counts by /64|60 to 300 guesses|\b[45]\d\d\b")]
    private static partial Regex NoClaim();

    [GeneratedRegex(@"Requests => FaultRound\.IsLong \? (?<long>\w+) : (?<short>\w+);")]
    private static partial Regex FuzzRequests();

    [GeneratedRegex(@"\d[\d,.]*")]
    private static partial Regex Number();
}
