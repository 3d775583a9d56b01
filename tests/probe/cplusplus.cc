/* cplusplus.cc - right C++ programs: local statics, threads, futures, streams, latches, semaphores. */
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <functional>
#include <future>
#include <iostream>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

struct config {
    std::string name;
    int value;
    config() : name("a name that is long enough to be on the heap"), value(42)
    {
    }
};
static config &instance()
{
    static config c;
    return c;
}
static std::once_flag once;
static std::unique_ptr<int> made;
static int lazily()
{
    std::call_once(once, [] { made = std::make_unique<int>(7); });
    return *made;
}
/* Who waits, or comes later, tries again. */
static int at_the_second_attempt()
{
    std::once_flag flag;
    int attempts = 0;
    auto attempt = [&] {
        if (attempts++ == 0)
            throw std::runtime_error("not yet");
    };
    auto tries = [&] {
        try {
            std::call_once(flag, attempt);
        } catch (const std::runtime_error &) {
        }
    };
    std::thread a(tries), b(tries);
    a.join();
    b.join();
    return attempts;
}
template <class T> class channel
{
    std::mutex m;
    std::condition_variable c;
    std::queue<T> q;
    bool closed = false;

  public:
    void put(T t)
    {
        {
            std::lock_guard<std::mutex> l(m);
            q.push(std::move(t));
        }
        c.notify_one();
    }
    void close()
    {
        {
            std::lock_guard<std::mutex> l(m);
            closed = true;
        }
        c.notify_all();
    }
    bool get(T &t)
    {
        std::unique_lock<std::mutex> l(m);
        c.wait(l, [&] { return closed || !q.empty(); });
        if (q.empty())
            return false;
        t = std::move(q.front());
        q.pop();
        return true;
    }
};
static int share()
{
    std::atomic<int> sum{0};
    std::vector<std::thread> v;
    for (int i = 0; i < 3; i++)
        v.emplace_back([&] { sum += instance().value + (int)instance().name.size() + lazily(); });
    for (auto &t : v)
        t.join();
    std::printf("%d\n", sum.load());
    channel<std::string> ch;
    std::map<std::string, int> seen;
    std::thread c([&] {
        std::string s;
        while (ch.get(s))
            seen[s]++;
    });
    for (int i = 0; i < 4; i++)
        ch.put("item number " + std::to_string(i) + " which is long enough");
    ch.close();
    c.join();
    std::printf("%zu\n", seen.size());
    std::promise<std::string> p;
    auto f = p.get_future();
    std::thread w([&] { p.set_value("promised, and long enough to be on the heap"); });
    std::printf("%s\n", f.get().c_str());
    w.join();
    auto a = std::async(std::launch::async, [] { return std::vector<int>(100, 3); });
    std::printf("%d\n", a.get()[99]);
    std::shared_mutex rw;
    int n = 0;
    std::thread x([&] {
        std::unique_lock l(rw);
        n++;
    }),
        y([&] {
            std::shared_lock l(rw);
            (void)n;
        });
    x.join();
    y.join();
    std::shared_ptr<config> sp = std::make_shared<config>();
    std::vector<std::thread> ts;
    for (int i = 0; i < 3; i++)
        ts.emplace_back([sp, &sum] { sum += sp->value; });
    sp.reset();
    for (auto &t : ts)
        t.join();
    std::printf("%d %d\n", sum.load(), n);
    std::mutex m;
    std::timed_mutex tm;
    std::recursive_mutex rm;
    std::condition_variable cv;
    bool ready = false;
    std::thread z([&] {
        std::scoped_lock l(m, rm);
        ready = true;
        cv.notify_all();
    });
    {
        std::unique_lock l(m);
        while (!cv.wait_for(l, std::chrono::milliseconds(10), [&] { return ready; }))
            ;
    }
    z.join();
    tm.try_lock_for(std::chrono::milliseconds(1));
    tm.unlock();
    std::printf("%d\n", ready);
    return 0;
}

static std::mutex output;
thread_local int mine = 5;
struct base {
    virtual ~base()
    {
    }
    virtual int f()
    {
        return 1;
    }
};
struct derived : base {
    std::string s = "a string long enough for the heap, really";
    int f() override
    {
        return (int)s.size();
    }
};
static int counter()
{
    static std::atomic<int> n{0};
    return ++n;
}
static int inherit()
{
    std::vector<std::thread> v;
    int total = 0;
    for (int i = 0; i < 3; i++)
        v.emplace_back([i, &total] {
            std::ostringstream o;
            o << "thread " << i;
            mine += i;
            try {
                if (i == 1)
                    throw std::runtime_error("thrown");
            } catch (const std::exception &e) {
                o << e.what();
            }
            std::unique_ptr<base> b(new derived);
            int k = b->f();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            std::lock_guard<std::mutex> l(output);
            total += k + mine;
        });
    for (auto &t : v)
        t.join();
    std::vector<std::thread> w;
    for (int i = 0; i < 3; i++)
        w.emplace_back([] {
            counter();
            std::this_thread::yield();
        });
    for (auto &t : w)
        t.join();
    std::cout << total << " " << counter() << std::endl;
    return 0;
}

static int meet()
{
    std::counting_semaphore<4> s(0);
    int data = 0;
    std::jthread t([&] {
        data = 5;
        s.release();
    });
    s.acquire();
    std::printf("%d\n", data);
    t.join();
    std::latch l(2);
    int x[2];
    std::jthread a([&] {
        x[0] = 1;
        l.count_down();
    }),
        b([&] {
            x[1] = 2;
            l.count_down();
        });
    l.wait();
    std::printf("%d\n", x[0] + x[1]);
    std::barrier bar(2);
    int y[2];
    auto f = [&](int i) {
        y[i] = i;
        bar.arrive_and_wait();
        if (y[1 - i] != 1 - i)
            std::puts("bad");
    };
    {
        std::jthread c(f, 0), d(f, 1);
    }
    std::atomic<int> w{0};
    int z = 0;
    std::jthread e([&] {
        z = 3;
        w.store(1, std::memory_order_release);
        w.notify_one();
    });
    w.wait(0);
    std::printf("%d\n", z);
    e.join();
    std::jthread st([](std::stop_token k) {
        while (!k.stop_requested())
            std::this_thread::yield();
    });
    st.request_stop();
    return 0;
}

int main()
{
    if (at_the_second_attempt() != 2)
        return 1;
    return share() + inherit() + meet();
}
