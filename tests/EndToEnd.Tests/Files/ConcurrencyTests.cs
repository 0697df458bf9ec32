using System.Net;
using System.Security.Cryptography;
using System.Text;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class ConcurrencyTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Concurrent_changes_of_one_file_get_versions_without_a_gap_and_an_event_each()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("contested.txt", "0")).Text("id");

        var responses = await Task.WhenAll(Enumerable.Range(1, 20).Select(number => number % 2 == 0
            ? user.PutContentAsync(id, Encoding.UTF8.GetBytes($"Content {number}"), "text/plain")
            : user.PatchAsync(id, $$"""{"filename": "{{number}}.txt"}""")));

        var written = new SortedDictionary<long, string>();
        foreach (var response in responses)
        {
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var record = await response.JsonAsync();
                written.Add(record.Number("version"), record.ToString());
            }
            else
            {
                // A change that lost too often gets a conflict and has no effect.
                await Task.FromResult(response).ProblemAsync(HttpStatusCode.Conflict, "conflict");
            }
        }
        Assert.NotEmpty(written);
        Assert.Equal(Enumerable.Range(2, written.Count).Select(version => (long)version), written.Keys);

        var last = await user.GetAsync($"files/{id}").JsonAsync();
        Assert.Equal(written.Last().Value, last.ToString());
        Assert.Equal(last.Text("sha256"), Convert.ToHexStringLower(SHA256.HashData(await user.DownloadAsync(id))));
        var history = (await user.GetAsync($"files/{id}/history?limit=500").JsonAsync()).Items("items");
        Assert.Equal(written.Keys.Reverse().Append(1), history.Select(change => change.Number("payload", "version")));
        Assert.Equal(history.Select(change => change.Text("id")), (await user.AuditOfAsync(id, history.Length)).Select(line => line.Text("eventId")));
        Assert.Equal(history.Length, (await user.NotificationsOfAsync(id, history.Length)).Length);
        await user.FileInContextAsync(id, file => file.Number("version") == last.Number("version") && file.Text("filename") == last.Text("filename"));
    }

    [Fact]
    public async Task Of_concurrent_changes_of_the_same_version_one_wins_and_the_others_are_told()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("contested.txt", "0")).Text("id");

        var responses = await Task.WhenAll(Enumerable.Range(1, 10).Select(number =>
            user.PutContentAsync(id, Encoding.UTF8.GetBytes($"Content {number}"), "text/plain", ("If-Match", "\"1\""))));

        var winner = Array.FindIndex(responses, response => response.StatusCode == HttpStatusCode.OK);
        Assert.Equal(9, responses.Count(response => response.StatusCode == HttpStatusCode.PreconditionFailed));
        Assert.Equal($"Content {winner + 1}", Encoding.UTF8.GetString(await user.DownloadAsync(id)));
        Assert.Equal(2, (await user.GetAsync($"files/{id}/history").JsonAsync()).Items("items").Length);
    }

    [Fact]
    public async Task Fifty_uploads_at_once_are_all_stored_audited_notified_and_in_the_context()
    {
        var user = gateway.NewUser();

        var uploads = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => user.UploadAsync($"{number}.txt", $"Content {number}")));

        var ids = uploads.Select(file => file.Text("id")).Order().ToArray();
        Assert.Equal(50, ids.Distinct().Count());
        Assert.Equal(ids, (await user.FilesAsync()).Select(file => file.Text("id")).Order());
        for (var number = 0; number < uploads.Length; number++)
        {
            Assert.Equal($"Content {number}", Encoding.UTF8.GetString(await user.DownloadAsync(uploads[number].Text("id"))));
        }
        await WaitForAsync(ids, async () => (await user.AuditAsync()).Select(line => line.Text("resourceId")));
        await WaitForAsync(ids, async () => (await user.NotificationsAsync()).Select(notification => notification.Text("payload", "fileId")));
        await WaitForAsync(ids, async () => (await user.ContextAsync()).Items("files").Select(file => file.Text("fileId")));
    }

    // Waits for exactly these ids, each once.
    private static async Task WaitForAsync(string[] ids, Func<Task<IEnumerable<string>>> read) =>
        await Eventually.GetAsync(async () => string.Join(' ', (await read()).Order()), seen => seen == string.Join(' ', ids));
}
