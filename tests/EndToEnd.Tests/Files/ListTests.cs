using System.Net;

namespace McpFunctions.EndToEnd.Tests.Files;

public sealed class ListTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Files_are_listed_page_by_page_in_the_order_of_their_upload()
    {
        var user = gateway.NewUser();
        string[] names = ["c.txt", "a.txt", "g.txt", "b.txt", "f.txt", "e.txt", "d.txt"];
        foreach (var name in names)
        {
            await user.UploadAsync(name);
        }

        Assert.Equal([["c.txt", "a.txt", "g.txt"], ["b.txt", "f.txt", "e.txt"], ["d.txt"]], await PagesAsync(user, "files?limit=3"));
        Assert.Equal([names], await PagesAsync(user, "files?limit=7"));
        Assert.Equal([names], await PagesAsync(user, "files"));
    }

    [Fact]
    public async Task A_prefix_narrows_the_list_and_its_pages()
    {
        var user = gateway.NewUser();
        foreach (var name in new[] { "report-1.txt", "other.txt", "report-2.txt", "Report-3.txt", "report-4.txt", "réport.txt" })
        {
            await user.UploadAsync(name);
        }

        Assert.Equal([["report-1.txt", "report-2.txt"], ["report-4.txt"]], await PagesAsync(user, "files?prefix=report&limit=2"));
        Assert.Equal([["réport.txt"]], await PagesAsync(user, "files?prefix=r%C3%A9"));
        Assert.Equal([["réport.txt"]], await PagesAsync(user, "files?prefix=re%CC%81"));
        Assert.Equal([[]], await PagesAsync(user, "files?prefix=nothing"));
    }

    [Fact]
    public async Task Only_an_administrator_may_list_the_files_of_others()
    {
        var owner = gateway.NewUser("user");
        await owner.UploadAsync("mine.txt");

        Assert.Equal(["mine.txt"], (await gateway.NewUser("admin").FilesAsync($"&userId={owner.Id}")).Select(file => file.Text("filename")));
        Assert.Equal(["mine.txt"], (await owner.FilesAsync($"&userId={owner.Id}")).Select(file => file.Text("filename")));
        await gateway.NewUser("user").GetAsync($"files?userId={owner.Id}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        Assert.Empty(await gateway.NewUser("user").FilesAsync());
    }

    private static async Task<List<string[]>> PagesAsync(GatewayUser user, string path)
    {
        List<string[]> pages = [];
        string? next = null;
        do
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = await user.GetAsync(next is null ? path : $"{path}{separator}continuationToken={next}").JsonAsync();
            pages.Add([.. page.Items("items").Select(file => file.Text("filename"))]);
            next = page.Has("continuationToken") ? page.Text("continuationToken") : null;
        }
        while (next is not null);
        return pages;
    }
}
