using System.Net;
using System.Text.Json;
using Azure.Data.Tables;

namespace McpFunctions.EndToEnd.Tests.Audit;

public sealed class AuditTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_line_says_what_was_done_by_whom_to_what_and_holds_the_whole_event()
    {
        var user = gateway.NewUser();
        var file = await user.UploadAsync("audited.txt");

        var line = Assert.Single(await user.AuditOfAsync(file.Text("id"), 1));

        Assert.Equal("file.uploaded", line.Text("type"));
        Assert.Equal("file.upload", line.Text("action"));
        Assert.Equal(user.Id, line.Text("userId"));
        Assert.Equal(file.Text("id"), line.Text("resourceId"));
        Assert.Equal(file.Text("createdAt"), line.Text("timestamp"));
        var published = line.At("event");
        Assert.Equal(line.Text("eventId"), published.Text("id"));
        Assert.Equal(line.Text("timestamp"), published.Text("timestamp"));
        Assert.Equal("mcp-gateway", published.Text("metadata", "service"));
        Assert.Equal("1.0.0", published.Text("metadata", "version"));
        Assert.Equal(user.Id, published.Text("metadata", "userId"));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["fileId"] = file.Text("id"),
                ["filename"] = "audited.txt",
                ["size"] = $"{file.Number("size")}",
                ["contentType"] = "text/plain",
                ["sha256"] = file.Text("sha256"),
                ["version"] = "1",
                ["uploadedBy"] = user.Id,
            },
            published.At("payload").EnumerateObject().ToDictionary(field => field.Name, field => field.Value.ToString()));
    }

    [Fact]
    public async Task The_log_is_read_newest_first_and_page_by_page()
    {
        var (user, _) = await MakeSixLinesAsync();
        var all = await user.AuditAsync();

        List<string> seen = [];
        string? next = null;
        do
        {
            var page = await user.GetAsync($"audit?userId={user.Id}&limit=2{(next is null ? "" : $"&continuationToken={next}")}").JsonAsync();
            Assert.InRange(page.Items("items").Length, 1, 2);
            seen.AddRange(page.Items("items").Select(line => line.Text("eventId")));
            next = page.Has("continuationToken") ? page.Text("continuationToken") : null;
        }
        while (next is not null);

        Assert.Equal(6, all.Length);
        Assert.Equal(all.Select(line => line.Text("eventId")), seen);
        Assert.Equal(all.Select(line => line.Text("timestamp")), all.Select(line => line.Text("timestamp")).OrderDescending());
    }

    [Fact]
    public async Task Lines_are_read_once_and_in_order_whichever_partitions_of_their_hours_hold_them()
    {
        var (user, _) = await MakeSixLinesAsync();
        string[] expected = [.. (await user.AuditAsync()).Select(line => line.Text("eventId"))];
        var first = await user.GetAsync($"audit?userId={user.Id}&limit=2").JsonAsync();

        // As they lie after the setting has changed twice, and one that was written before there were shards.
        await SpreadAsync(gateway, "Audit", $"UserId eq '{user.Id}'");

        List<string> seen = [.. first.Items("items").Select(line => line.Text("eventId"))];
        for (var page = first; page.Has("continuationToken");)
        {
            page = await user.GetAsync($"audit?userId={user.Id}&limit=1&continuationToken={page.Text("continuationToken")}").JsonAsync();
            seen.AddRange(page.Items("items").Select(line => line.Text("eventId")));
        }
        Assert.Equal(expected, seen);
        Assert.Equal(expected, (await user.AuditAsync()).Select(line => line.Text("eventId")));
    }

    /// <summary>Moves rows into other partitions of their hours, and copies one.</summary>
    internal static async Task SpreadAsync(GatewayApplication gateway, string name, string filter)
    {
        var table = new TableClient(gateway.Azurite.ConnectionString, name);
        string[] shards = ["-f", "", "-9", "-0"];
        var rows = await table.QueryAsync<TableEntity>(filter, cancellationToken: TestContext.Current.CancellationToken).ToArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(6, rows.Length);
        foreach (var (index, row) in rows.Index())
        {
            var (partition, shard) = (row.PartitionKey, shards[index % shards.Length]);
            row.PartitionKey = partition[..10] + shard;
            await table.UpsertEntityAsync(row, cancellationToken: TestContext.Current.CancellationToken);
            // One stays where it was too.
            if (index != 1 && row.PartitionKey != partition)
            {
                await table.DeleteEntityAsync(partition, row.RowKey, cancellationToken: TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task Every_filter_narrows_the_log_to_what_it_names()
    {
        var (user, files) = await MakeSixLinesAsync();
        var all = await user.AuditAsync();
        async Task<string[]> Found(string query) => [.. (await user.AuditAsync(query)).Select(line => line.Text("eventId"))];
        string[] Expected(Func<JsonElement, bool> where) => [.. all.Where(where).Select(line => line.Text("eventId"))];

        Assert.Equal(Expected(line => line.Text("type") == "file.updated"), await Found("&type=file.updated"));
        Assert.Equal(Expected(line => line.Text("resourceId") == files[0]), await Found($"&resourceId={files[0]}"));
        var correlationId = all[3].Text("correlationId");
        Assert.Equal(Expected(line => line.Text("correlationId") == correlationId), await Found($"&correlationId={correlationId}"));
        Assert.Equal(
            Expected(line => line.Text("type") == "file.updated" && line.Text("resourceId") == files[1]),
            await Found($"&type=file.updated&resourceId={files[1]}"));

        // Both ends are inclusive.
        var from = all[4].Text("timestamp");
        var to = all[1].Text("timestamp");
        Assert.Equal(Expected(line => string.CompareOrdinal(line.Text("timestamp"), from) >= 0), await Found($"&from={from}"));
        Assert.Equal(Expected(line => string.CompareOrdinal(line.Text("timestamp"), to) <= 0), await Found($"&to={to}"));
        Assert.Equal(
            Expected(line => string.CompareOrdinal(line.Text("timestamp"), from) >= 0 && string.CompareOrdinal(line.Text("timestamp"), to) <= 0),
            await Found($"&from={from}&to={to}"));
        Assert.Equal(all.Length, (await Found("&from=2020-01-01T00:00:00.123456789z")).Length);
        Assert.Equal(all.Length, (await Found("&from=2020-01-01&to=2999-01-01T00:00:00%2B01:00&unknown=1")).Length);

        Assert.Empty(await Found("&from=2999-01-01"));
        Assert.Empty(await Found("&to=2020-01-01"));
        Assert.Empty(await Found("&type=file.nothing"));
        Assert.Empty(await Found("&resourceId=' or '1' eq '1"));
        Assert.Empty((await user.GetAsync($"audit?userId={Guid.NewGuid()}").JsonAsync()).Items("items"));
    }

    // Two files: uploaded, renamed, deleted.
    private async Task<(GatewayUser User, string[] Files)> MakeSixLinesAsync()
    {
        var user = gateway.NewUser();
        string[] files = [(await user.UploadAsync("a.txt")).Text("id"), (await user.UploadAsync("b.txt")).Text("id")];
        foreach (var file in files)
        {
            await user.RenameAsync(file, "c.txt");
            await user.DeleteAsync(file).EmptyAsync(HttpStatusCode.NoContent);
        }
        await user.AuditOfAsync(files[0], 3);
        await user.AuditOfAsync(files[1], 3);
        return (user, files);
    }
}
