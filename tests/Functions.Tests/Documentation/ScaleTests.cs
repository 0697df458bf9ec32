using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Streams;
using McpFunctions.Functions.Timers;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Documentation;

/// <summary>Holds docs/scale.md to the code.</summary>
public sealed partial class ScaleTests
{
    private static readonly string s_page = File.ReadAllText(Repository.PathOf("docs", "scale.md"));

    [Theory]
    [InlineData("Sums")]
    [InlineData("Storage")]
    [InlineData("Numbers from the code")]
    public async Task The_tables_are_those_of_the_settings_of_the_code_and_of_what_was_measured(string section)
    {
        string table = section switch { "Sums" => ScalePage.Sums(), "Storage" => ScalePage.Shards(), _ => ScalePage.Numbers() };
        // Not s_page: another table may have been renewed.
        string page = await File.ReadAllTextAsync(Repository.PathOf("docs", "scale.md"));
        string start = page[..(page.IndexOf($"## {section}\n", StringComparison.Ordinal) + section.Length + 4)];
        string rest = page[start.Length..];
        int first = rest.IndexOf('|', StringComparison.Ordinal);
        int end = rest.IndexOf("|\n\n", first, StringComparison.Ordinal) is var found and >= 0 ? found + 2 : rest.Length;
        if (Environment.GetEnvironmentVariable(DocumentTests.Renew) == "1")
        {
            await File.WriteAllTextAsync(Repository.PathOf("docs", "scale.md"), start + rest[..first] + table + rest[end..]);
        }

        Assert.True(rest[first..end] == table, $"docs/scale.md is out of date. Renew it with {DocumentTests.Renew}=1 ./test --filter FullyQualifiedName~ScaleTests. It should have:\n{table}");
    }

    [Fact]
    public void The_sentences_say_what_the_tables_say()
    {
        int second = Constant<TimeSpan>(typeof(CredentialWatch), "Interval").Seconds;
        FormattableString[] claims =
        [
            $"reads {JournalPump.BatchSize} entries a ring, and has at most {ScalePage.Window} in work",
            $"`Delivery__HourShards`, up to {ScalePage.RowsOfAllShards:N0} rows a second each",
            $"of the usual {new DeliveryOptions().HourShards} shards then takes {ScalePage.ChangesPerDeployment * ScalePage.FullestOf(new DeliveryOptions().HourShards).Often:N0} rows",
            $"need all {HourShards.Max} shards",
            $"Outbox: {StorageTables.PendingShards} partitions, {StorageTables.PendingShards * 1_000:N0} changes a second",
            $"carries {ScalePage.ChangesPerDeployment:N0} changes a second**",
            $"deployments of {ScalePage.ChangesPerDeployment:N0}, by",
            $"journal, channel, marker | {ScalePage.Publish} |",
            $"one ring | {ScalePage.Ring} |",
            $"{JournalPump.BatchSize} in a call | {ScalePage.Entry} |",
            $"{ScalePage.Publish} µs, {ScalePage.Ring} µs for each consumer and each of its instances, and {ScalePage.Entry} µs for each consumer",
            $"run every {TickSchedule.Interval.TotalSeconds} seconds, so an app with one of them never rests: {TimeSpan.FromDays(1) / TickSchedule.Interval:N0} ticks",
            $"{TimeSpan.FromDays(30) / TickSchedule.Interval:N0} executions a month",
            $"a user may have {new StreamOptions().MaxOpenPerUser}.",
            $"after {new StreamOptions().StreamDuration.TotalSeconds} seconds",
            $"every {second} seconds, which is {500.0 / second:0} requests of storage a second for 500 users",
        ];

        Assert.All(claims, claim => Assert.Contains(claim.ToString(CultureInfo.InvariantCulture), s_page.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_and_every_class_that_the_page_names_exists()
    {
        string[] settings = [..
            from options in typeof(GatewaySettings).Assembly.GetTypes()
            where options.GetField("Section") is not null
            from property in options.GetProperties()
            select GatewaySettings.NameOf(options, property.Name)];
        string[] classes = [.. typeof(GatewaySettings).Assembly.GetTypes().Concat(typeof(Transaction).Assembly.GetTypes()).Append(typeof(ScaleTests)).Select(type => type.Name)];

        Assert.NotEmpty(NamedSetting().Matches(s_page));
        Assert.All(NamedSetting().Matches(s_page), match => Assert.Contains(match.Groups[1].Value, settings));
        Assert.NotEmpty(NamedClass().Matches(s_page));
        Assert.All(NamedClass().Matches(s_page), match => Assert.Contains(match.Groups[1].Value, classes));
    }

    // A reader must be able to tell what was measured here from what others publish.
    [Fact]
    public void Every_published_limit_has_its_link() =>
        Assert.All(Regex.Matches(s_page, @"\[P\](.{0,9})").Select(match => match.Groups[1].Value), after => Assert.StartsWith("(https://", after, StringComparison.Ordinal));

    private static T Constant<T>(Type type, string name) => (T)type.GetField(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!.GetValue(null)!;

    [GeneratedRegex(@"`([A-Z]\w+__\w+)`")]
    private static partial Regex NamedSetting();

    [GeneratedRegex(@"`([A-Z][a-z][A-Za-z]+)`")]
    private static partial Regex NamedClass();
}
